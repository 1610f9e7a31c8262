"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.oracles import down, relative_gap, right, stay


def tangled(x):
    """A function that follows no shift."""
    x = np.asarray(x, dtype=float)
    return np.tanh(x) + np.cumsum(x, axis=0) + 0.3 * np.cumsum(x, axis=-1)


@check("oracle")
def test_any_function_and_any_shift(student, rng):
    """Functions without symmetry, and different things done to image and output"""
    for shape in ((11,), (5, 7), (3, 5, 2)):
        x = rng.normal(size=shape[::-1]).T  # a view, whose rows lie one behind the other
        shift = int(rng.integers(1, shape[0] - 1))

        def T_in(a, shift=shift):
            return np.roll(a, shift, axis=0)

        def T_out(a):
            return 2 * np.asarray(a)[::-1]

        close(
            student.equivariance_error(tangled, T_in, T_out, x),
            relative_gap(tangled(T_in(x)), T_out(tangled(x))),
            f"x has the shape {shape}.",
        )


@check()
def test_the_size_of_the_output_does_not_matter(student, rng):
    """The error of 50·f is that of f, and so is that of f/10⁹"""
    x = rng.normal(size=(7, 5))
    expected = relative_gap(tangled(down(x)), down(tangled(x)))
    for factor in (50, 1e-9, 1e9, -1):

        def scaled(a, factor=factor):
            return factor * tangled(a)

        close(student.equivariance_error(scaled, down, down, x), expected, f"{factor}·f.")


@check()
def test_it_is_measured_against_the_second_way(student, rng):
    """The gap is divided by the size of T_out(f(x))"""
    x = rng.normal(size=(3, 8)) + 2

    def T_in(a):
        return 3 * np.asarray(a)

    close(student.equivariance_error(stay, T_in, stay, x), 2.0, "f = x, T_in makes 3x of it.")
    close(
        student.equivariance_error(stay, stay, T_in, x),
        2 / 3,
        "f = x, T_out makes 3x of it, T_in nothing.",
    )


@check()
def test_without_a_gap_the_error_is_0(student, rng):
    """Without a gap the error is 0, also if both ways give 0 everywhere"""
    x = rng.normal(size=(4, 5))
    for factor in (0, 3):

        def f(a, factor=factor):
            return factor * np.square(a)

        close(student.equivariance_error(f, right, right, x), 0.0, f"f = {factor}x².", atol=1e-9)


@check()
def test_gaps_that_cancel_are_gaps(student, rng):
    """Gaps above and below 0 do not cancel, and a gap in one entry counts"""
    x = rng.normal(size=(5, 6))
    sign = np.where(np.arange(30).reshape(5, 6) % 2, 1.0, -1.0)
    once = np.zeros((5, 6))
    once[int(rng.integers(5)), int(rng.integers(6))] = 1

    for gap, says in ((sign, "+1 and −1 in turn."), (once, "A gap in one pixel only.")):

        def T_in(a, gap=gap):
            return np.asarray(a) + gap

        expected = relative_gap(x + gap, x)
        close(student.equivariance_error(stay, T_in, stay, x), expected, says)


@check("probe")
def test_bytes_whole_numbers_and_single_numbers(student, rng):
    """Outputs of bytes, of whole numbers, and of one number"""
    x = rng.integers(1, 255, size=(6, 5))
    x[0, 0], x[-1, -1] = 1, 250
    for kind in (np.uint8, np.int64, np.float32):

        def cast(a, kind=kind):
            return np.asarray(a).astype(kind)

        close(
            student.equivariance_error(cast, right, down, x),
            relative_gap(right(x), down(x)),
            f"f returns {np.dtype(kind)}.",
        )
    close(
        student.equivariance_error(lambda a: int(np.asarray(a)[-1, -1]), down, stay, x),
        abs(x[-2, -1] - 250) / 250,
        "f returns one number.",
    )


# Mutants ------------------------------------------------------------------------------------------


def ways(f, T_in, T_out, x):
    return np.asarray(f(T_in(x)), dtype=float), np.asarray(T_out(f(x)), dtype=float)


@mutant("This is the gap itself. Divide it by the size of T_out(f(x)), or it grows with f.")
def not_divided(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    return np.sqrt(np.sum((first - second) ** 2))


@mutant("You divide by the size of x. The gap is one of outputs: divide by that of T_out(f(x)).")
def divided_by_the_input(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    return np.sqrt(np.sum((first - second) ** 2)) / np.linalg.norm(np.ravel(x))


@mutant("You divide by the size of f(x). T_out is missing there: divide by that of T_out(f(x)).")
def divided_by_f(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    gap = np.sqrt(np.sum((first - second) ** 2))
    return gap and gap / np.sqrt(np.sum(np.asarray(f(x), dtype=float) ** 2))


@mutant("You divide by the size of f(T_in(x)). It is measured against the second way.")
def divided_by_the_first_way(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    gap = np.sqrt(np.sum((first - second) ** 2))
    return gap and gap / np.sqrt(np.sum(first**2))


@mutant("This is the square of the error: the roots are missing.")
def squared(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    gap = np.sum((first - second) ** 2)
    return gap and gap / np.sum(second**2)


@mutant("You measure by the largest entry. The size of an array is the root of its sum of squares.")
def largest_entry(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    gap = np.max(np.abs(first - second))
    return gap and gap / np.max(np.abs(second))


@mutant("You measure by sums of absolute values. Here it is the root of the sum of squares.")
def absolute_values(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    gap = np.sum(np.abs(first - second))
    return gap and gap / np.sum(np.abs(second))


@mutant("T_in is what is done to the image, T_out what is done to the output; yours are exchanged.")
def exchanged(f, T_in, T_out, x):
    first, second = ways(f, T_out, T_in, x)
    if first.shape != second.shape:
        return float("nan")
    gap = np.sqrt(np.sum((first - second) ** 2))
    return gap and gap / np.sqrt(np.sum(second**2))


@mutant("Your second way is f(T_out(x)). T_out is done to the output: T_out(f(x)).")
def T_out_on_the_image(f, T_in, T_out, x):
    return ratio(f(T_in(x)), f(T_out(x)))


@mutant(
    "Small outputs count as equal for you: np.allclose with its own atol, or a small number added "
    "below the line. The error of f/10⁹ is that of f."
)
def small_is_nothing(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    return 0.0 if np.allclose(first, second) else ratio(first, second)


@mutant("A norm of order 2 of a matrix is its largest singular value. Flatten the arrays first.")
def largest_singular_value(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    order = 2 if first.ndim == 2 else None
    gap = np.linalg.norm(first - second, order)
    return gap and gap / np.linalg.norm(second, order)


@mutant("You compare f(T_in(x)) with f(x): T_out is missing. That measures invariance only.")
def without_T_out(f, T_in, T_out, x):
    return ratio(f(T_in(x)), f(x))


@mutant("The gap is computed in the type of the output: of bytes, 3 − 9 is 250. Make floats first.")
def in_the_outputs_type(f, T_in, T_out, x):
    first, second = np.asarray(f(T_in(x))), np.asarray(T_out(f(x)))
    gap = np.sqrt(np.sum((first - second).astype(float) ** 2))
    return gap and gap / np.sqrt(np.sum(second.astype(float) ** 2))


def ratio(first, second):
    gap = np.sqrt(np.sum((np.asarray(first, float) - np.asarray(second, float)) ** 2))
    return gap and gap / np.sqrt(np.sum(np.asarray(second, float) ** 2))


@mutant(
    "Where nothing differs and nothing is there, 0/0 is no number. Without a gap the error is 0."
)
def nothing_by_nothing(f, T_in, T_out, x):
    first, second = ways(f, T_in, T_out, x)
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.sum((first - second) ** 2)) / np.sqrt(np.sum(second**2))


# Variants -----------------------------------------------------------------------------------------


@variant("numpy.linalg.norm of the flattened arrays, a NumPy scalar")
def by_the_norm(f, T_in, T_out, x):
    there = np.ravel(np.asarray(T_out(f(x)), dtype=float))
    gap = np.linalg.norm(np.ravel(np.asarray(f(T_in(x)), dtype=float)) - there)
    return gap / np.linalg.norm(there) if gap > 0 else gap


@variant("float32")
def in_float32(f, T_in, T_out, x):
    first = np.asarray(f(T_in(x)), dtype=np.float32)
    second = np.asarray(T_out(f(x)), dtype=np.float32)
    gap = np.sqrt(np.square(first - second).sum())
    return np.float32(0) if gap == 0 else gap / np.sqrt(np.square(second).sum())


@variant("a loop over all numbers")
def number_by_number(f, T_in, T_out, x):
    gap = size = 0.0
    for a, b in zip(np.ravel(f(T_in(x))).tolist(), np.ravel(T_out(f(x))).tolist(), strict=True):
        gap += (a - b) ** 2
        size += b**2
    return 0 if gap == 0 else (gap / size) ** 0.5


@variant("root mean squares, whose quotient is the same")
def by_means(f, T_in, T_out, x):
    two = np.stack([np.ravel(f(T_in(x))), np.ravel(T_out(f(x)))]).astype(np.float64)
    if not np.any(two[0] - two[1]):
        return np.float64(0)
    return np.sqrt(np.mean((two[0] - two[1]) ** 2)) / np.sqrt(np.mean(two[1] ** 2))


@variant("one root of one quotient")
def one_root(f, T_in, T_out, x):
    second = np.array(T_out(f(x)), dtype=float)
    first = np.array(f(T_in(x)), dtype=float)
    if np.array_equal(first, second):
        return 0.0
    return np.sqrt(((first - second) ** 2).sum() / (second**2).sum())
