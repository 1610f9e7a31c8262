"""Hidden checks of N.5."""

import math

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.activation import gelu
from nablab.reference.initialization import gelu_gradient

from ..checks.gelu import FORMS, ROUNDING, mirror_images_differ_by_x


@check()
def test_gelu_is_x_times_the_normal_probability(student, rng):
    """gelu is x Φ(x), with the exact erf"""
    x = np.append(rng.uniform(-4, 4, size=11), rng.uniform(1.5, 2.5, size=2)).reshape(13, 1)
    x[:3] = -np.abs(x[:3])
    close(student.gelu(x), gelu(x), atol=ROUNDING, given={"x": x})
    x = -rng.uniform(2.2, 3.2, size=7)  # where the two forms differ most
    says = "All numbers are negative."
    close(student.gelu(x), gelu(x), says, atol=ROUNDING, given={"x": x})


@check()
def test_the_form_with_tanh(student, rng):
    """gelu_tanh has the values of the form with tanh"""
    x = np.concatenate([-rng.uniform(0.5, 3.2, size=7), rng.uniform(0, 4, size=4)])
    close(student.gelu_tanh(x), gelu(x, approximate=True), atol=ROUNDING, given={"x": x})


@check()
def test_the_slope_equals_central_differences(student, rng):
    """gelu_grad equals central differences of the exact form"""
    x = rng.uniform(-3, 3, size=(5, 2, 3))
    expected = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5
    close(student.gelu_grad(x), expected, atol=ROUNDING, given={"x": x})


@check()
def test_the_slope_where_it_is_negative(student, rng):
    """The slope is negative left of the dip, above 1 right of √2, and ½ at 0"""
    x = np.array([-3.0, -1.5, -0.7518, 0.0, 1.4142, 2.5])
    close(student.gelu_grad(x), gelu_gradient(x), atol=1e-5, given={"x": x})


@check()
def test_mirror_images(student, rng):
    """gelu(x) − gelu(−x) = x and gelu'(x) + gelu'(−x) = 1"""
    x = rng.uniform(-4, 4, size=17)
    mirror_images_differ_by_x(student, x)
    slopes = as_numbers(student.gelu_grad(x)) + as_numbers(student.gelu_grad(-x))
    close(slopes, np.ones(17), "gelu_grad.", constant=True, given={"x": x})


@check()
def test_the_gap_between_the_forms(student):
    """The two forms differ by less than 0.001, most near ±2.7"""
    x = np.linspace(-6, 6, 1201)
    gap = np.abs(as_numbers(student.gelu(x)) - as_numbers(student.gelu_tanh(x)))
    holds(gap.max() < 5e-4, f"They differ by up to {gap.max():.2g}.", got=gap)
    where = abs(float(x[gap.argmax()]))
    holds(
        gap.max() > 4e-4 and 2.4 < where < 3.0,
        f"The largest difference is {gap.max():.2g}, at ±{where:.2f}.",
        got=gap,
    )


@check()
def test_single_numbers_and_arrays_of_whole_numbers(student, rng):
    """x may be a single number or an array of whole numbers, with one axis or two"""
    for x in (0.7, -2, np.arange(-3, 4), rng.permutation([-4, -2, 1, 2, 3, 0]).reshape(2, 3)):
        for name, right in FORMS.items():
            got = getattr(student, name)(x)
            close(got, right(x), f"{name}.", atol=ROUNDING, given={"x": x})


# Mutants ------------------------------------------------------------------------------------------


erf = np.vectorize(math.erf, otypes=[float])


ROOT = math.sqrt(2 / math.pi)


def form_with_tanh(x, root=ROOT, cubic=0.044715, power=3):
    x = np.asarray(x, dtype=float)
    return x * (1 + np.tanh(root * (x + cubic * x**power))) / 2


@mutant(
    "Your gelu is the form with tanh. It is close to x Φ(x), but differs in the fourth decimal.",
)
def tanh_form_for_the_exact_one(x):
    return form_with_tanh(x)


@mutant(
    "Your gelu takes erf(x). It should be erf(x/√2), since Φ belongs to a normal number of standard "
    "deviation 1.",
)
def erf_without_the_root(x):
    x = np.asarray(x, dtype=float)
    return x * (1 + erf(x)) / 2


@mutant("Your gelu is twice as large as it should be: Φ(x) is half of 1 + erf(x/√2).")
def without_the_half(x):
    return 2 * gelu(x)


@mutant(
    "Your gelu is x·sigmoid(1.702 x), a rough approximation. It is off by up to 0.02: use erf.",
)
def sigmoid_form(x):
    x = np.asarray(x, dtype=float)
    return x / (1 + np.exp(-1.702 * x))


@mutant("Your gelu is Φ(x) alone. It should be x times that.")
def probability_alone(x):
    return (1 + erf(np.asarray(x, dtype=float) / math.sqrt(2))) / 2


@mutant(
    "Your gelu returns numbers of the input's type, so whole numbers stay whole. Turn x into floats "
    "first.",
)
def in_the_inputs_type(x):
    return gelu(x).astype(np.asarray(x).dtype)


exact_for_the_tanh_form = mutant(
    "Your gelu_tanh is the exact form. The one with tanh differs from it in the fourth decimal.",
    gelu_tanh=gelu,
)


no_cubic_term = mutant(
    "The term 0.044715 x³ is missing in your gelu_tanh.",
    gelu_tanh=lambda x: form_with_tanh(x, cubic=0.0),
)


no_root_in_tanh = mutant(
    "The factor √(2/π) in front of the bracket is missing in your gelu_tanh.",
    gelu_tanh=lambda x: form_with_tanh(x, root=1.0),
)


square_for_cube = mutant(
    "Your gelu_tanh has x² where x³ belongs.",
    gelu_tanh=lambda x: form_with_tanh(x, power=2),
)


def slope_first_term(x):
    return (1 + erf(np.asarray(x, dtype=float) / math.sqrt(2))) / 2


def density(x):
    return np.exp(-(np.asarray(x, dtype=float) ** 2) / 2) / math.sqrt(2 * math.pi)


def slope_of_the_tanh_form(x):
    x = np.asarray(x, dtype=float)
    t = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
    return (1 + t) / 2 + x * (1 - t**2) * inner / 2


slope_with_one_term = mutant(
    "Your slope is Φ(x) alone. By the product rule you have to add x φ(x): Φ changes with x as well.",
    gelu_grad=slope_first_term,
)


slope_without_factor_x = mutant(
    "Your slope is Φ(x) + φ(x). The second term of the product rule is x times φ(x).",
    gelu_grad=lambda x: slope_first_term(x) + density(x),
)


slope_without_the_root = mutant(
    "The factor 1/√(2π) of the normal density is missing.",
    gelu_grad=lambda x: (
        slope_first_term(x) + math.sqrt(2 * math.pi) * np.asarray(x, dtype=float) * density(x)
    ),
)


slope_with_the_other_term_only = mutant(
    "Your slope is x φ(x) alone. By the product rule you have to add Φ(x).",
    gelu_grad=lambda x: np.asarray(x, dtype=float) * density(x),
)


slope_of_the_other_form = mutant(
    "This is the slope of gelu_tanh. The slope of the exact form differs in the third decimal.",
    gelu_grad=slope_of_the_tanh_form,
)


# Variants -----------------------------------------------------------------------------------------


def erf_one_by_one(x):
    x = np.asarray(x, dtype=float)
    return np.array([math.erf(v) for v in x.ravel().tolist()]).reshape(x.shape)


def gelu_by_erfc(x):
    x = np.asarray(x, dtype=float)
    return x * 0.5 * np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2))


def gelu_grad_by_erfc(x):
    x = np.asarray(x, dtype=float)
    below = 0.5 * np.vectorize(math.erfc, otypes=[float])(-x / math.sqrt(2))
    return below + x * np.exp(-0.5 * x * x) / (2 * math.pi) ** 0.5


def gelu_tanh_by_sigmoid(x):
    x = np.asarray(x, dtype=float)
    return x * np.exp(-np.logaddexp(0, -2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu_in_float32(x):
    x = np.float32(x)
    return x * np.float32(0.5) * (1 + erf_one_by_one(x / np.float32(2) ** 0.5).astype(np.float32))


def gelu_tanh_in_float32(x):
    x = np.float32(x)
    return (
        np.float32(0.5)
        * x
        * (1 + np.tanh(np.float32(0.79788456) * (x + np.float32(0.044715) * x**3)))
    )


def gelu_grad_in_float32(x):
    x = np.float32(x)
    below = np.float32(0.5) * (1 + erf_one_by_one(x / np.float32(2) ** 0.5).astype(np.float32))
    return below + x * np.exp(-x * x / 2) * np.float32(0.39894228)


def gelu_by_scipy(x):
    from scipy.special import ndtr

    return np.multiply(x, ndtr(np.asarray(x, dtype=float)))


def gelu_grad_by_differences(x):
    x = np.asarray(x, dtype=float)
    return (gelu_by_erfc(x + 1e-5) - gelu_by_erfc(x - 1e-5)) / 2e-5


by_erfc = variant(
    "erfc instead of erf, a sigmoid instead of tanh",
    gelu=gelu_by_erfc,
    gelu_tanh=gelu_tanh_by_sigmoid,
    gelu_grad=gelu_grad_by_erfc,
)


in_float32 = variant(
    "float32",
    gelu=gelu_in_float32,
    gelu_tanh=gelu_tanh_in_float32,
    gelu_grad=gelu_grad_in_float32,
)


by_scipy = variant("SciPy's normal distribution", gelu=gelu_by_scipy)


one_by_one = variant(
    "erf number by number in a list, the slope by central differences",
    gelu=lambda x: np.asarray(x, dtype=float) * (1 + erf_one_by_one(np.divide(x, 2**0.5))) / 2,
    gelu_grad=gelu_grad_by_differences,
)
