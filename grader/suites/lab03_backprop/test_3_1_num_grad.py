"""Hidden checks of 3.1."""

import numpy as np

from nablab.checking import close, contract, exercise


def squares(x):
    return float(np.sum(np.asarray(x, dtype=float) ** 2))


@exercise("3.1", stage="contract")
def test_x_is_left_alone_whatever_it_holds(student, rng):
    """x is what it was to the last bit: floats, whole numbers, float32"""
    for x in (
        rng.normal(size=(3, 5)),
        rng.integers(-9, 9, size=7),
        rng.normal(size=(2, 3)).astype(np.float32),
        rng.permutation([0.5, -0.5, 0.5, -0.5]),  # 0.5 + 1e-5 - 1e-5 is not 0.5
    ):
        contract(student, "num_grad", squares, x, shape=x.shape)


@exercise("3.1")
def test_the_formula_to_the_letter_for_any_eps(student, rng):
    """For large steps it is exactly the central difference: a cube is off by eps², not by eps"""
    x = rng.uniform(0.5, 2, size=(3, 2))

    def cubes(x):
        return float(np.sum(np.asarray(x) ** 3))

    for eps in (1.0, rng.uniform(0.1, 0.5), 0.01):
        close(student.num_grad(cubes, x, eps), 3 * x**2 + eps**2, f"eps is {eps:.3g}.")


@exercise("3.1", stage="probe")
def test_entries_do_not_disturb_each_other(student, rng):
    """A product of all entries: each is moved while the others stay, for a large step too"""
    x = rng.uniform(1, 3, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))

    def product(x):
        return float(np.prod(np.asarray(x)))

    for eps in (0.5, 1e-5):
        close(student.num_grad(product, x, eps), np.prod(x) / x, f"eps is {eps}.")


@exercise("3.1", stage="probe")
def test_numbers_that_are_not_float64(student, rng):
    """Whole numbers, bytes and float32 are worked with in float64"""
    for x in (
        rng.integers(1, 9, size=(2, 5)) * rng.choice([-1, 1], size=(2, 5)),
        rng.integers(1, 256, size=5).astype(np.uint8),
        (rng.choice([-1, 1], size=(3, 2)) * rng.uniform(100, 900, size=(3, 2))).astype(np.float32),
    ):
        close(student.num_grad(squares, x), 2.0 * x, f"x holds {x.dtype} numbers.")


@exercise("3.1", stage="oracle")
def test_smooth_functions_of_any_shape(student, rng):
    """Smooth functions of arrays of any shape, to within a millionth of their true gradients"""
    for shape in ((1,), (7,), (5, 2), (2, 3, 2), (1, 2, 1, 3)):
        a, x = rng.normal(size=shape), rng.normal(size=shape)

        def f(x, a=a):
            return float(np.sum(np.tanh(a * x)) + np.exp(-np.sum(np.asarray(x) ** 2) / 9))

        right = a / np.cosh(a * x) ** 2 - 2 * x / 9 * np.exp(-np.sum(x**2) / 9)
        close(student.num_grad(f, x), right, f"x has the shape {shape}.", rtol=1e-6, atol=1e-8)
