"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, mutant, rounding, variant

from ..checks.oracles import down, relative_gap, right, stay
from ..checks.shift_report import (
    by_fourier,
    circular,
    column_means,
    corner,
    of_columns,
    of_rows,
    row_means,
    says,
    slanted,
    striped,
    transposed,
    uniform_grey,
)


@check("oracle")
def test_any_shapes_and_sides(student, rng):
    """conv_circular for images and filters of any shape"""
    for shape, sides in (((11, 7), (4, 3)), ((5, 13), (5, 2)), ((4, 3), (4, 3)), ((1, 9), (1, 5))):
        x, w = rng.normal(size=shape[::-1]).T, rng.normal(size=sides[::-1]).T  # views
        close(
            student.conv_circular(x, w),
            circular(x, w),
            f"An image {shape} and a filter {sides}.",
            atol=rounding(circular, x, w),
        )


@check()
def test_the_convolution_follows_every_shift(student, rng):
    """Shift the image in a circle by any step, and conv_circular's map shifts with it"""
    x, w = rng.normal(size=(7, 9)), rng.normal(size=(3, 4))
    step = tuple(int(k) for k in rng.integers(1, 7, size=2))
    close(
        student.conv_circular(np.roll(x, step, axis=(0, 1)), w),
        np.roll(circular(x, w), step, axis=(0, 1)),
        f"A step of {step}.",
        atol=rounding(circular, x, w),
    )


@check("probe")
def test_whole_numbers_and_fractions(student, rng):
    """Whole numbers and bytes give fractions where the filter has them"""
    for kind in (np.int64, np.uint8):
        x, w = rng.integers(1, 250, size=(5, 6)).astype(kind), np.array([[0.5, -0.25], [2, 3]])
        close(student.conv_circular(x, w), circular(x, w), f"An image of {np.dtype(kind)}.")


@check()
def test_equivariant_layers(student, rng):
    """Layers that follow are equivariant, whatever they compute"""
    w = rng.normal(size=(3, 2))
    far = tuple(int(k) for k in rng.integers(1, 4, size=2))
    layers = {
        "circle": lambda x: circular(x, w),
        "square": np.square,
        "plus one": lambda x: np.asarray(x) + 1,
        "moved": lambda x: np.roll(x, far, axis=(0, 1)),
        "relu": lambda x: np.maximum(x, 0),
        "fourier": by_fourier,
    }
    says(student, dict.fromkeys(layers, "equivariant"), layers, rng.normal(size=(6, 5)))


@check()
def test_invariant_layers(student, rng):
    """Layers whose output stays are invariant, whatever its shape"""
    layers = {
        "maximum": lambda x: float(np.max(x)),
        "sorted": lambda x: np.sort(np.ravel(x)),
        "uniform grey": uniform_grey,
        "moments": lambda x: np.array([np.mean(x), np.std(x), np.mean(np.power(x, 3))]),
    }
    says(student, dict.fromkeys(layers, "invariant"), layers, rng.normal(size=(5, 6)))


@check()
def test_layers_that_do_neither(student, rng):
    """Layers that follow one axis only, or another axis, or the other way, are neither"""
    weights = rng.normal(size=(6, 6))
    x = rng.normal(size=(6, 6))
    layers = {
        "rows": of_rows,
        "columns": of_columns,
        "row means": row_means,
        "column means": column_means,
        "transposed": transposed,
        "slanted": slanted,
        "mirror": lambda a: np.asarray(a)[:, ::-1],
        "upside down": lambda a: np.asarray(a)[::-1],
        "weights": lambda a: weights * a,
        "dense": lambda a: weights @ np.ravel(a)[:6],
        "corner": corner,
        "striped": striped,
        "steps": lambda a: np.asarray(a)[::2, ::3],
        "a hint of weights": lambda a: np.asarray(a) + 1e-3 * weights * a,
    }
    says(student, dict.fromkeys(layers, "neither"), layers, x)


@check()
def test_small_and_large_outputs(student, rng):
    """The words do not depend on how large the outputs are"""
    weights, x = rng.normal(size=(5, 7)), rng.normal(size=(5, 7))
    for factor in (1e-9, 1e9):
        layers = {
            "weights": lambda a, factor=factor: factor * weights * a,
            "circle": lambda a, factor=factor: factor * circular(a, weights[:2, :3]),
            "mean": lambda a, factor=factor: factor * float(np.mean(np.square(a))),
        }
        expected = {"weights": "neither", "circle": "equivariant", "mean": "invariant"}
        says(student, expected, layers, x, f"its outputs are about {factor:g}.")


# Mutants ------------------------------------------------------------------------------------------


def words(layers, x, shifts=(down, right), back=None, most=1e-6, invariant=True, shapes=True):
    report = {}
    for name, f in layers.items():
        y = np.asarray(f(x), dtype=float)
        report[name] = "neither"
        follow = back or shifts
        if invariant and all(gap(f, T, stay, x) < most for T in shifts):
            report[name] = "invariant"
        elif (y.shape == np.shape(x) or not shapes) and all(
            gap(f, T, B, x) < most for T, B in zip(shifts, follow, strict=True)
        ):
            report[name] = "equivariant"
    return report


def gap(f, T_in, T_out, x):
    try:
        first, second = f(T_in(x)), T_out(np.asarray(f(x)))
        return 0.0 if np.array_equal(first, second) else relative_gap(first, second)
    except (ValueError, IndexError):
        return np.inf


@mutant("You shift to the right only. A layer must follow a step down as well.")
def only_to_the_right(layers, x):
    return words(layers, x, shifts=(right,))


@mutant("You shift down only. A layer must follow a step to the right as well.")
def only_down(layers, x):
    return words(layers, x, shifts=(down,))


@mutant("For you one shift of the two is enough. Both must pass.")
def one_is_enough(layers, x):
    a, b = words(layers, x, (down,)), words(layers, x, (right,))
    return {name: a[name] if a[name] != "neither" else b[name] for name in layers}


@mutant("You exchange the two words: equivariant follows, invariant does not notice.")
def words_exchanged(layers, x):
    other = {"equivariant": "invariant", "invariant": "equivariant", "neither": "neither"}
    return {name: other[word] for name, word in words(layers, x).items()}


@mutant(
    "An output that is a uniform grey both follows and stays. For that the text says invariant."
)
def equivariant_first(layers, x):
    found = words(layers, x)
    for name, f in layers.items():
        y = np.asarray(f(x))
        if y.shape == np.shape(x) and max(gap(f, T, T, x) for T in (down, right)) < 1e-6:
            found[name] = "equivariant"
    return found


@mutant("You shift the output the other way round: along its other axis.")
def along_the_other_axis(layers, x):
    return words(layers, x, back=(right, down))


@mutant("You move the image both down and to the right in one step. Each by itself is asked for.")
def one_diagonal_step(layers, x):
    return words(layers, x, shifts=(lambda a: right(down(a)),))


@mutant("No layer is invariant for you. With a T_out that changes nothing N.1 tells you.")
def never_invariant(layers, x):
    return words(layers, x, invariant=False)


@mutant(
    "Every layer with a single number is invariant for you. The pixel in the corner is one too."
)
def one_number_is_invariant(layers, x):
    found = words(layers, x)
    return {name: "invariant" if np.ndim(f(x)) == 0 else found[name] for name, f in layers.items()}


@mutant("You shift by two steps. A layer must follow a step of one pixel.")
def steps_of_two(layers, x):
    return words(layers, x, shifts=(lambda a: down(down(a)), lambda a: right(right(a))))


@mutant("Your tolerance is too large: a gap of more than 10⁻⁶ of the output counts.")
def too_tolerant(layers, x):
    return words(layers, x, most=1e-2)


@mutant("You ask for equality in every bit. Sums in another order differ in the last ones.")
def exactly_equal(layers, x):
    return words(layers, x, most=1e-300)


@mutant(
    "Small outputs count as the same for you: np.allclose with its own atol, or a gap that is not "
    "relative. The error of N.1 is relative."
)
def small_is_the_same(layers, x):
    found = words(layers, x)
    for name, f in layers.items():
        if np.max(np.abs(f(x))) < 1e-8:
            found[name] = "invariant"
    return found


def wrapped(x, w, sign=-1, axes=(0, 1), centre=(0, 0)):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    y = np.zeros(x.shape)
    for u, v in np.ndindex(*w.shape):
        step = [(sign * (u - centre[0])), (sign * (v - centre[1]))]
        y += w[u, v] * np.roll(x, [step[a] for a in axes], axis=axes)
    return y


def flipped(x, w):
    return wrapped(x, w, sign=1)


def centred(x, w):
    return wrapped(x, w, centre=((np.shape(w)[0] - 1) // 2, (np.shape(w)[1] - 1) // 2))


def zero_padded(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    (H, W), (kh, kw) = x.shape, w.shape
    padded = np.pad(x, ((0, kh - 1), (0, kw - 1)))
    return sum(w[u, v] * padded[u : u + H, v : v + W] for u, v in np.ndindex(kh, kw))


def wraps_along_the_columns_only(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    (H, W), (kh, kw) = x.shape, w.shape
    padded = np.pad(x, ((0, kh - 1), (0, 0)))
    return sum(
        w[u, v] * np.roll(padded, -v, axis=1)[u : u + H] for u, v in np.ndindex(kh, kw)
    ) + np.zeros((H, W))


filter_turned = mutant(
    "This is a true convolution: your filter is turned by 180°. Pixel (i + u, j + v) meets entry "
    "(u, v): roll by −u and −v.",
    conv_circular=flipped,
)
filter_reversed = mutant(
    "Your filter is turned by 180°: entry (u, v) lies on pixel (i + u, j + v), without a turn.",
    conv_circular=lambda x, w: wrapped(x, np.asarray(w)[::-1, ::-1]),
)
filter_transposed = mutant(
    "Rows and columns of your filter have changed places: u goes with the rows.",
    conv_circular=lambda x, w: wrapped(x, np.asarray(w).T),
)
in_the_images_type = mutant(
    "Your map has the type of the image, so of whole numbers it loses the fractions: np.zeros(x.shape), "
    "not np.zeros_like(x).",
    conv_circular=lambda x, w: wrapped(x, w).astype(np.asarray(x).dtype),
)
columns_do_not_wrap = mutant(
    "Your image wraps around from bottom to top, but not from right to left.",
    conv_circular=lambda x, w: wraps_along_the_columns_only(np.asarray(x).T, np.asarray(w).T).T,
)
filter_centred = mutant(
    "Your filter is centred on the pixel. Here its top-left entry lies on it.",
    conv_circular=centred,
)
zeros_at_the_border = mutant(
    "Beyond the border you find zeros. On a circle the image begins again there.",
    conv_circular=zero_padded,
)
rows_do_not_wrap = mutant(
    "Your image wraps around from right to left, but not from bottom to top.",
    conv_circular=wraps_along_the_columns_only,
)


# Variants -----------------------------------------------------------------------------------------


def by_remainders(x, w):
    H, W = x.shape
    kh, kw = w.shape
    y = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            for u in range(kh):
                for v in range(kw):
                    y[i, j] += float(x[(i + u) % H, (j + v) % W]) * float(w[u, v])
    return y


def by_fft(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    return np.fft.ifft2(np.fft.fft2(x) * np.conj(np.fft.fft2(w, x.shape))).real


def in_float32(x, w):
    x, w = np.asarray(x, dtype=np.float32), np.asarray(w, dtype=np.float32)
    padded = np.pad(x, ((0, w.shape[0] - 1), (0, w.shape[1] - 1)), mode="wrap")
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape)
    return np.einsum("ijuv,uv->ij", windows, w)


loops_and_remainders = variant("four loops and remainders", conv_circular=by_remainders)
fourier = variant("Fourier transform, where everything is on a circle", conv_circular=by_fft)
wrapped_in_float32 = variant("padding with mode wrap, float32", conv_circular=in_float32)


@variant("differences of arrays, without N.1")
def by_differences(layers, x):
    moves = [np.roll(x, 1, axis=axis) for axis in (0, 1)]
    found = {}
    for name, f in layers.items():
        y = np.array(f(x), dtype=float)
        slack = 1e-7 * max(np.abs(y).max(), 1e-300)
        moved = [np.array(f(m), dtype=float) for m in moves]
        if all(np.abs(m - y).max() <= slack for m in moved):
            found[name] = "invariant"
        elif y.shape != x.shape:
            found[name] = "neither"
        else:
            follows = [
                np.abs(m - np.roll(y, 1, axis=axis)).max() <= slack for axis, m in enumerate(moved)
            ]
            found[name] = "equivariant" if all(follows) else "neither"
    return found


@variant("errors collected first, words after")
def errors_first(layers, x):
    def errors(f, stays):
        y = np.asarray(f(x), dtype=float)
        for axis in (0, 1):
            if not stays and y.shape != x.shape:
                yield 1.0
                continue
            there = y if stays else np.roll(y, 1, axis=axis)
            first = np.asarray(f(np.roll(x, 1, axis=axis)), dtype=float)
            d = np.linalg.norm(np.ravel(first - there))
            yield 0.0 if d == 0 else d / np.linalg.norm(np.ravel(there))

    names = {}
    for name in layers:
        if max(errors(layers[name], True)) < 1e-6:
            names[name] = np.str_("invariant")
        elif max(errors(layers[name], False)) < 1e-6:
            names[name] = "equivariant"
        else:
            names[name] = "neither"
    return {name: str(word) for name, word in names.items()}
