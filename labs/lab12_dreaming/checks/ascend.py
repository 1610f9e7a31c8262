"""The visible checks of 12.1."""

import numpy as np

from nablab.checking import Mismatch, check, close, contract, holds, is_array
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call

from .oracles import bent, flat, hill, linear, normalised, two_of, wave


def climbed(score, x, steps, lr, decay):
    """The oracle: the last image and the values on the way."""
    x, values = np.array(x, dtype=float), []
    for _ in range(steps):
        value, g = score(x)
        values.append(value)
        x = (1 - decay) * x + lr * normalised(g)
    return x, values


def both(student, score, x, steps, lr, decay):
    got = student.ascend(score, x, steps, lr, decay)
    img, values = two_of(got, "ascend", "the image", "the values")
    if not isinstance(values, (list, tuple, np.ndarray)) or len(values) != steps:
        raise Mismatch(
            f"After {steps} steps the second thing should be a list of {steps} values, "
            "those before each step.",
            got=values,
        )
    return img, values


def right(student, score, x, steps, lr, decay, says="", given=None):
    img, values = both(student, score, x, steps, lr, decay)
    expected, on_the_way = climbed(score, x, steps, lr, decay)
    says = f"{says} {steps} step{'s' if steps != 1 else ''}, lr {lr}, decay {decay}.".strip()
    close(img, expected, says, given=given, atol=2e-5, constant=True)
    if steps:
        close(values, on_the_way, f"{says} The values:", given=given, atol=1e-4, constant=True)


W = np.array([1.0, 7.0]).reshape(1, 2, 1)
START = np.array([10.0, 0.0]).reshape(1, 2, 1)


@check("contract")
def test_an_image_and_the_values(student):
    """ascend returns the image, a NumPy array, and a list of values; x stays as it is"""
    x = wave((4, 5, 3))
    got = contract(student, "ascend", bent, x, 3, 0.1, 0.01)
    img, values = two_of(got, "ascend", "the image", "the values")
    is_array(img, "The image that ascend returned")
    found = as_numbers(img)
    holds(found.shape == x.shape, f"The image has the shape {found.shape}, expected {x.shape}.")
    holds(np.isfinite(found).all(), "The image has entries that are not finite.", got=img)
    holds(len(values) == 3, f"After 3 steps there should be 3 values, not {len(values)}.")


@check("hand")
def test_the_two_steps_of_the_text(student):
    """The score of the text takes (10, 0) to (9.1, .7) and (8.29, 1.33); the values are 10, 14"""
    right(student, linear(W), START, 1, 0.5, 0.1, given={"x": START})
    right(student, linear(W), START, 2, 0.5, 0.1, given={"x": START})


@check("probe")
def test_no_steps_and_no_gradient(student):
    """No steps change nothing, and where the gradient is 0 only the decay does"""
    x = wave((3, 4, 2))
    right(student, bent, x, 0, 0.5, 0.1)
    right(student, flat, x, 2, 0.5, 0.25, "The gradient is 0 everywhere.")


@check("probe")
def test_the_size_of_the_gradient_does_not_matter(student):
    """A gradient a million times as large gives the same image; only at 10⁻⁸ does it fade"""
    x = wave((3, 5, 2))
    for factor in (1e6, 1e-3, 1e-8):
        right(
            student, linear(factor * (wave((3, 5, 2), 1.7) + 0.4)), x, 2, 0.3, 0.05,
            f"A gradient of about {factor:g}.",
        )  # fmt: skip


@check("probe")
def test_nothing_is_clipped(student):
    """The image may leave the range from 0 to 1, in both directions"""
    right(student, linear(wave((4, 3, 2), 1.1)), 5 * wave((4, 3, 2)), 3, 2.0, 0.0)


@check("probe")
def test_the_last_image_counts(student):
    """The last image is returned, also where a long step has gone over the top and down"""
    right(student, hill, 0.2 * wave((3, 4, 2)), 3, 1.0, 0.0, "A hill with its top at 0.")


@check()
def test_a_linear_score_comes_to_rest(student):
    """A linear score comes to rest at its normalised weights, times lr/decay"""
    w = wave((3, 4, 2), 1.9) - 0.2
    img, _ = both(student, linear(w), np.zeros((3, 4, 2)), 120, 0.3, 0.15)
    close(img, 2 * normalised(w), "After 120 steps, with lr .3 and decay .15.", atol=1e-4)


@check("oracle")
def test_any_image_of_numbers(student, rng):
    """Images of any size, of floats or whole numbers, in any order in memory"""
    right(student, bent, rng.normal(size=(3, 7, 5)).T, 4, 0.2, 0.1, "A transposed view.")
    right(student, bent, rng.integers(-3, 4, size=(5, 2, 1)), 3, 0.4, 0.02, "Whole numbers.")


def probe_climbs(student):
    """What some climbs return, as plain numbers."""
    found = []
    for score, x, steps, lr, decay in (
        (linear(W), START, 2, 0.5, 0.1),
        (bent, wave((3, 4, 3)), 3, 0.3, 0.2),
        (flat, wave((2, 3, 1)), 2, 0.5, 0.25),
        (linear(1e-8 * wave((2, 3, 2), 1.7)), wave((2, 3, 2)), 2, 0.5, 0.1),
        (bent, np.arange(6).reshape(2, 3, 1), 2, 0.3, 0.1),
        (bent, wave((2, 2, 1)), 0, 0.3, 0.1),
        (hill, 0.2 * wave((2, 3, 1)), 1, 1.0, 0.0),
    ):
        img, values = student.ascend(score, x, steps, lr, decay)
        found += [np.round(np.asarray(img, float), 6), [float(v) for v in values]]
    return found


def probe_argument(student):
    """The image that was passed, as it is after the call."""
    return arguments_after_call(student, "ascend", bent, wave((3, 2, 2)), 2, 0.5, 0.1)[1][1]


PROBES = [probe_climbs, probe_argument]
