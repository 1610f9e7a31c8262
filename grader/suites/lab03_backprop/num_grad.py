"""Hidden checks of N.1."""

import itertools

import numpy as np

from nablab.checking import check, close, contract, mutant, variant
from nablab.reference.backprop import numerical_gradient

from ..checks.num_grad import cube, product


def squares(x):
    return float(np.sum(np.asarray(x, dtype=float) ** 2))


@check("contract")
def test_x_is_left_alone_whatever_it_holds(student, rng):
    """x is what it was to the last bit: floats, whole numbers, float32"""
    for x in (
        rng.normal(size=(3, 5)),
        rng.integers(-9, 9, size=7),
        rng.normal(size=(2, 3)).astype(np.float32),
        rng.permutation([0.5, -0.5, 0.5, -0.5]),  # 0.5 + 1e-5 - 1e-5 is not 0.5
    ):
        contract(student, "num_grad", squares, x, shape=x.shape)


@check()
def test_the_formula_to_the_letter_for_any_eps(student, rng):
    """For large steps it is exactly the central difference: a cube is off by eps², not by eps"""
    x = rng.uniform(0.5, 2, size=(3, 2))
    for eps in (1.0, rng.uniform(0.1, 0.5), 0.01):
        close(student.num_grad(cube, x, eps), 3 * x**2 + eps**2, f"eps is {eps:.3g}.")


@check("probe")
def test_entries_do_not_disturb_each_other(student, rng):
    """A product of all entries: each is moved while the others stay, also for a large step"""
    x = rng.uniform(1, 3, size=(2, 3)) * rng.choice([-1, 1], size=(2, 3))
    for eps in (0.5, 1e-5):
        close(student.num_grad(product, x, eps), np.prod(x) / x, f"eps is {eps}.")


@check("probe")
def test_numbers_that_are_not_float64(student, rng):
    """With whole numbers, bytes and float32 the work is done in float64"""
    for x in (
        rng.integers(1, 9, size=(2, 5)) * rng.choice([-1, 1], size=(2, 5)),
        rng.integers(1, 256, size=5).astype(np.uint8),
        (rng.choice([-1, 1], size=(3, 2)) * rng.uniform(100, 900, size=(3, 2))).astype(np.float32),
    ):
        close(student.num_grad(squares, x), 2.0 * x, f"x holds {x.dtype} numbers.")


@check("oracle")
def test_smooth_functions_of_any_shape(student, rng):
    """Smooth functions of arrays of any shape, to within a millionth of their true gradients"""
    for shape in ((1,), (7,), (5, 2), (2, 3, 2), (1, 2, 1, 3)):
        a, x = rng.normal(size=shape), rng.normal(size=shape)

        def f(x, a=a):
            return float(np.sum(np.tanh(a * x)) + np.exp(-np.sum(np.asarray(x) ** 2) / 9))

        right = a / np.cosh(a * x) ** 2 - 2 * x / 9 * np.exp(-np.sum(x**2) / 9)
        close(student.num_grad(f, x), right, f"x has the shape {shape}.", rtol=1e-6, atol=1e-8)


# Mutants ------------------------------------------------------------------------------------------


def one_sided(f, x, eps):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        up = x.copy()
        up[i] += eps
        grad[i] = (f(up) - f(x)) / eps
    return grad


@mutant(
    "This is the forward difference, (f(x + eps) - f(x)) / eps. Its error shrinks like eps; step to "
    "both sides, and it shrinks like eps².",
)
def forward_difference(f, x, eps=1e-5):
    return one_sided(f, x, eps)


@mutant(
    "Your gradient is twice as large as it should be: the two places are 2·eps apart, and you divide "
    "by eps.",
)
def divides_by_eps(f, x, eps=1e-5):
    return 2 * numerical_gradient(f, x, eps)


@mutant(
    "Your gradient is half of what it should be. Do you step up only, and divide by 2·eps?",
)
def steps_up_and_divides_by_two_eps(f, x, eps=1e-5):
    return one_sided(f, x, eps) / 2


@mutant(
    "You do not put an entry back after its turn, so the next ones are moved from another place, and "
    "at the end the caller's x has changed. Put the old value back.",
)
def leaves_its_changes_behind(f, x, eps=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        grad[i] = (up - f(x)) / (2 * eps)
    return grad


@mutant(
    "You step up and down in the caller's x and step back at the end. 0.5 + eps - 2·eps + eps is not "
    "0.5 to the last bit: work on a copy, or keep the old value and put it back.",
)
def steps_back_in_place(f, x, eps=1e-5):
    if x.dtype != np.float64:
        return numerical_gradient(f, x, eps)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        grad[i] = (up - f(x)) / (2 * eps)
        x[i] += eps
    return grad


@mutant(
    "You go through the rows and move a whole row at a time, so every entry of a row gets the sum of "
    "its slopes. Go through all entries, with np.ndindex(x.shape), whatever the number of axes.",
)
def a_row_at_a_time(f, x, eps=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in range(len(x)):
        step = np.zeros(x.shape)
        step[i] = eps
        grad[i] = (f(x + step) - f(x - step)) / (2 * eps)
    return grad


@mutant(
    "You compute in the type of x. A whole number cannot be raised by 0.00001: make a float64 copy "
    "first.",
)
def in_the_type_of_x(f, x, eps=1e-5):
    x = np.array(x)
    grad = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[i] = np.array(float(x[i]) + eps).astype(x.dtype)
        down[i] = np.array(float(x[i]) - eps).astype(x.dtype)
        grad[i] = (f(up) - f(down)) / (2 * eps)
    return grad


@mutant(
    "You move all entries at once, so every entry of your gradient is the sum of all slopes. Move one "
    "at a time.",
)
def all_entries_at_once(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    return np.full(x.shape, (f(x + eps) - f(x - eps)) / (2 * eps))


@mutant("You ignore the argument eps: it is always 1e-5 in your code.")
def ignores_eps(f, x, eps=1e-5):
    return numerical_gradient(f, x, 1e-5)


@mutant("Your gradient is a flat list. It should have the shape of x.")
def flattened(f, x, eps=1e-5):
    grad = numerical_gradient(f, x, eps)
    return grad.ravel() if grad.ndim > 1 else grad[:, None]


# Variants -----------------------------------------------------------------------------------------


@variant("in place with nditer, and the old value put back")
def differences_in_place(f, x, eps=1e-5):
    keep, x = x, x if x.dtype == np.float64 else x.astype(np.float64)
    grad = np.zeros_like(x)
    places = np.nditer(x, flags=["multi_index"])
    while not places.finished:
        i = places.multi_index
        old = x[i].item()
        x[i] = old + eps
        up = f(x)
        x[i] = old - eps
        grad[i] = (up - f(x)) / (2.0 * eps)
        x[i] = old
        places.iternext()
    assert keep.shape == grad.shape
    return grad


@variant("rows of an identity matrix, a list comprehension")
def differences_by_unit_vectors(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    slopes = [
        f(x + eps * unit.reshape(x.shape)) / 2 / eps - f(x - eps * unit.reshape(x.shape)) / 2 / eps
        for unit in np.eye(x.size)
    ]
    return np.reshape(slopes, x.shape)


@variant("float64 within, returned in float32")
def differences_as_float32(f, x, eps=1e-5):
    flat = np.array(x, dtype=np.float64).ravel()
    out = np.empty(flat.size, dtype=np.float32)
    for k in range(flat.size):
        values = []
        for sign in (1, -1):
            moved = flat.copy()
            moved[k] += sign * eps
            values.append(float(f(moved.reshape(np.shape(x)))))
        out[k] = (values[0] - values[1]) / (2 * eps)
    return out.reshape(np.shape(x))


@variant("returns nested lists")
def differences_as_lists(f, x, eps=1e-5):
    x = np.asarray(x, dtype=float)
    grad = np.zeros(x.shape)
    for i in itertools.product(*map(range, x.shape)):
        unit = np.zeros(x.shape)
        unit[i] = eps
        grad[i] = (f(x + unit) - f(x - unit)) / (2 * eps)
    return grad.tolist()
