"""The visible checks of 5.5."""

from functools import partial

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.activation import gelu
from nablab.reference.initialization import gelu_gradient

POINTS = np.array([-4.0, -2.2, -0.75, -0.3, 0.0, 0.4, 1.5, 3.1])


FORMS = {"gelu": gelu, "gelu_tanh": partial(gelu, approximate=True), "gelu_grad": gelu_gradient}


# Far to the left a value is x times the small difference of two numbers near 1, each rounded to
# 6e-8 in float32. The nearest wrong answer, the form with tanh for the exact one, is off by 1e-4.
ROUNDING = 2e-6


def mirror_images_differ_by_x(student, x):
    """gelu(x) − gelu(−x) is x, in both forms."""
    for name in ("gelu", "gelu_tanh"):
        there, back = (as_numbers(getattr(student, name)(s * x)) for s in (1, -1))
        close(there - back, x, f"{name}.", atol=2e-5, given={"x": x})


@check("contract")
def test_the_shape_of_what_goes_in(student):
    """All three keep the shape of x, whether it is an array or a number"""
    x = POINTS.reshape(2, 4)
    for name in FORMS:
        contract(student, name, x, shape=(2, 4))
        contract(student, name, 0.5, shape=())


@check("hand")
def test_the_values_of_the_text(student):
    """At 1 and −1 all three have the values of the text"""
    x = np.array([1.0, -1.0])
    close(student.gelu(x), [0.841345, -0.158655], "gelu.", given={"x": x})
    close(student.gelu_tanh(x), [0.841192, -0.158808], "gelu_tanh.", given={"x": x})
    close(student.gelu_grad(x), [1.083316, -0.083316], "gelu_grad.", given={"x": x})


@check("probe")
def test_far_out(student):
    """Far to the right GELU is x with slope 1, far to the left 0 with slope 0"""
    x = np.array([-30.0, 30.0])
    for name, right in (("gelu", [0, 30]), ("gelu_tanh", [0, 30]), ("gelu_grad", [0, 1])):
        close(getattr(student, name)(x), right, f"{name}.", atol=1e-6, given={"x": x})


@check("probe")
def test_whole_numbers(student):
    """Whole numbers may go in, and fractions come out"""
    x = np.array([-2, -1, 1, 3])
    for name in FORMS:
        close(
            getattr(student, name)(x),
            getattr(student, name)(x.astype(float)),
            f"{name} of whole numbers.",
            given={"x": x},
        )


@check()
def test_a_number_is_its_gelu_less_its_mirror_images(student, rng):
    """gelu(x) − gelu(−x) is x, in both forms"""
    mirror_images_differ_by_x(student, rng.uniform(-4, 4, size=(3, 5)))


@check()
def test_the_two_forms_are_close_and_not_equal(student):
    """The two forms differ by at most 0.0005, and somewhere by more than 0.0004"""
    x = np.linspace(-4, 4, 161)
    gap = np.abs(as_numbers(student.gelu(x)) - as_numbers(student.gelu_tanh(x)))
    holds(
        gap.shape == x.shape and 4e-4 < gap.max() < 5e-4,
        f"Between −4 and 4 the largest difference is {gap.max():.2g}.",
        got=gap,
    )


@check("oracle")
def test_values_and_slopes(student):
    """Values and slopes at several points"""
    for name, right in FORMS.items():
        got = getattr(student, name)(POINTS)
        close(got, right(POINTS), f"{name}.", atol=ROUNDING, given={"x": POINTS})


def probe_gelus(student):
    """All three at a few points, rounded."""
    x = np.array([-2.2, -0.75, 0.4, 1.5])
    found = [np.round(as_numbers(getattr(student, name)(x)), 5) for name in FORMS]
    return [*found, np.round(as_numbers(student.gelu(np.array([1, 2]))), 3)]


PROBES = [probe_gelus]
