"""The visible checks of 3.1."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import unchanged


def cube(x):
    return float(np.sum(np.asarray(x, dtype=float) ** 3))


def weighted_squares(x):
    x = np.asarray(x, dtype=float)
    return float(np.sum(np.arange(1, x.size + 1).reshape(x.shape) * x**2))


def product(x):
    return float(np.prod(np.asarray(x, dtype=float)))


@check("contract")
def test_a_gradient_has_the_shape_of_x(student):
    """num_grad returns an array of the shape of x, and leaves x as it was to the last bit"""
    # 0.5 + 1e-5 - 1e-5 is not 0.5, and -0.5 - 1e-5 + 1e-5 is not -0.5
    x = np.array([[0.5, -0.7, 1.3], [-0.5, 2.1, -1.9]])
    contract(student, "num_grad", weighted_squares, x, shape=(2, 3))


@check("hand")
def test_the_cube_of_the_text(student):
    """x³ at 2 has the central difference 13 for eps = 1, and 12.01 for eps = 0.1"""
    x = np.array([2.0])
    for eps, right in ((1.0, 13.0), (0.1, 12.01)):
        close(
            student.num_grad(cube, x, eps),
            [right],
            f"eps is {eps}: (f(2 + eps) − f(2 − eps)) / (2 · eps).",
            given={"x": x, "eps": eps},
        )


@check("probe")
def test_each_entry_is_moved_alone(student):
    """For x₀·x₁·x₂ at (2, 3, 5) the gradient is (15, 10, 6), with any eps; in two axes too"""
    for x, right in (([2.0, 3, 5], [15, 10, 6]), ([[2.0, 3], [5, 7]], [[105, 70], [42, 30]])):
        x = np.array(x)
        for eps in (0.5, 1e-5):
            close(
                student.num_grad(product, x, eps),
                right,
                f"eps is {eps}, and f is the product of all entries. While one entry moves, the "
                "others are at their values in x.",
                given={"x": x, "eps": eps},
            )


@check("probe")
def test_whole_numbers_and_float32(student):
    """x may hold whole numbers or float32: the work is done in float64"""
    for x in (
        np.array([[3, -1, 4], [1, -5, 9]]),
        np.array([200, 7, 100], dtype=np.uint8),
        np.array([1000.5, -321.25], dtype=np.float32),
    ):
        right = 2.0 * np.arange(1, x.size + 1).reshape(x.shape) * x
        close(
            student.num_grad(weighted_squares, x),
            right,
            f"x holds {x.dtype} numbers, and f is x₀² + 2·x₁² + 3·x₂² + …",
            given={"x": x},
        )


@check()
def test_a_tenth_of_the_step_a_hundredth_of_the_error(student):
    """On the sine the error is that of central differences: 1/100 for a tenth of eps"""
    x = np.array([0.4, 1.1, -2.0])

    def f(x):
        return float(np.sum(np.sin(x)))

    for eps in (0.3, 0.03):
        close(
            student.num_grad(f, x, eps),
            np.cos(x) * np.sin(eps) / eps,
            f"f is the sum of the sines, eps {eps}. The central difference is cos(x)·sin(eps)/eps.",
            given={"x": x, "eps": eps},
        )


@check("oracle")
def test_functions_of_arrays_of_any_shape(student, rng):
    """Functions of arrays with one, two or three axes"""
    for shape in ((5,), (3, 2), (2, 3, 2)):
        a, x = rng.normal(size=shape), rng.normal(size=shape)

        def f(x, a=a):
            return float(np.sin(np.sum(a * x)) + np.sum(a * np.asarray(x, dtype=float) ** 2))

        close(
            student.num_grad(f, x),
            a * np.cos(np.sum(a * x)) + 2 * a * x,
            f"x has the shape {shape}. Central differences err by less than a millionth here.",
            rtol=1e-6,
            atol=1e-8,
            given={"x": x},
        )


# Probes ------------------------------------------------------------------------------------------
def probe_num_grad(student):
    return [
        student.num_grad(cube, np.array([2.0, -1.5, 0.5]), 1.0),
        student.num_grad(product, np.array([2.0, 3.0, 5.0]), 0.5),
        student.num_grad(weighted_squares, np.array([[3, -1], [4, 1], [7, 2]])),
        student.num_grad(weighted_squares, np.array([[0.3, -1.1, 4.7], [1.0, 0.25, 2.5]]), 1e-3),
        student.num_grad(weighted_squares, np.array([[3.0, -1], [4, 1], [7, 2]]).T),
    ]


def probe_x_afterwards(student):
    return unchanged(student, "num_grad", cube, np.array([0.5, -0.5, 0.25]))


PROBES = [probe_num_grad, probe_x_afterwards]
