"""Hidden checks of exercise 5.5."""

import math

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.activation import gelu
from nablab.reference.initialization import gelu_gradient

# Far to the left a value is x times the small difference of two numbers near 1, each rounded to 6e-8
# in float32. The nearest wrong answer, the form with tanh for the exact one, is off by 1e-4 there.
ROUNDING = 2e-6


@exercise("5.5")
def test_gelu_is_x_times_the_normal_probability(student, rng):
    """gelu is x Φ(x), with the exact erf"""
    x = np.append(rng.uniform(-4, 4, size=11), rng.uniform(1.5, 2.5, size=2)).reshape(13, 1)
    x[:3] = -np.abs(x[:3])
    expected = 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))
    close(student.gelu(x), expected, atol=ROUNDING, given={"x": x})
    x = -rng.uniform(2.2, 3.2, size=7)  # where the two forms differ most
    says = "All numbers are negative."
    close(student.gelu(x), gelu(x), says, atol=ROUNDING, given={"x": x})


@exercise("5.5")
def test_the_form_with_tanh(student, rng):
    """gelu_tanh is the form with tanh"""
    x = np.concatenate([-rng.uniform(0.5, 3.2, size=7), rng.uniform(0, 4, size=4)])
    close(student.gelu_tanh(x), gelu(x, approximate=True), atol=ROUNDING, given={"x": x})


@exercise("5.5")
def test_the_slope_equals_central_differences(student, rng):
    """gelu_grad equals central differences of the exact form"""
    x = rng.uniform(-3, 3, size=(5, 2, 3))
    expected = (gelu(x + 1e-5) - gelu(x - 1e-5)) / 2e-5
    close(student.gelu_grad(x), expected, atol=ROUNDING, given={"x": x})


@exercise("5.5")
def test_the_slope_where_it_is_negative(student, rng):
    """The slope is negative left of the dip, above 1 right of √2, and ½ at 0"""
    x = np.array([-3.0, -1.5, -0.7518, 0.0, 1.4142, 2.5])
    close(student.gelu_grad(x), gelu_gradient(x), atol=1e-5, given={"x": x})


@exercise("5.5")
def test_mirror_images(student, rng):
    """gelu(x) − gelu(−x) = x and gelu'(x) + gelu'(−x) = 1"""
    x = rng.uniform(-4, 4, size=17)
    for name in ("gelu", "gelu_tanh"):
        there, back = (as_numbers(getattr(student, name)(s * x)) for s in (1, -1))
        close(there - back, x, f"{name}.", atol=2e-5, given={"x": x})
    slopes = as_numbers(student.gelu_grad(x)) + as_numbers(student.gelu_grad(-x))
    close(slopes, np.ones(17), "gelu_grad.", constant=True, given={"x": x})


@exercise("5.5")
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


@exercise("5.5")
def test_single_numbers_and_arrays_of_whole_numbers(student, rng):
    """Single numbers and arrays of whole numbers, in one axis or two, are all fine"""
    for x in (0.7, -2, np.arange(-3, 4), rng.permutation([-4, -2, 1, 2, 3, 0]).reshape(2, 3)):
        given = {"x": x}
        for name, right in (
            ("gelu", gelu(x)),
            ("gelu_tanh", gelu(x, approximate=True)),
            ("gelu_grad", gelu_gradient(x)),
        ):
            close(getattr(student, name)(x), right, f"{name}.", atol=ROUNDING, given=given)
