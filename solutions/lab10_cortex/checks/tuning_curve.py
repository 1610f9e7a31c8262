"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, refuses
from nablab.reference.cortex import gabor, tuning_curve
from nablab.sandbox.student import StudentError, arguments_after_call, parameters


def linear(theta, lam, sigma, phase):
    """A cell that is not rectified, so that nothing is hidden by zeros."""
    g = gabor(33, theta, lam, sigma, phase)
    return lambda img: float(np.sum(g * np.asarray(img)))


def rectified(theta, lam, sigma, phase):
    one = linear(theta, lam, sigma, phase)
    return lambda img: max(one(img), 0.0)


def middle(img):
    return float(np.asarray(img)[16, 16])


SLANTING = linear(0.5, 7.0, 1.8, 4.0)


def curve_is_right(student, cell, kind, values, says=""):
    close(
        left_alone(student, "tuning_curve", cell, kind, values),
        tuning_curve(cell, kind, values),
        says or f"The {kind} curve.",
        given={"values": values},
        atol=1e-6,
        constant=True,
    )


@check("contract")
def test_one_answer_for_each_value(student):
    """tuning_curve(cell, kind, values) returns one number for each of the values"""
    holds(
        parameters(student, "tuning_curve")[:3] == ("cell", "kind", "values"),
        "tuning_curve takes (cell, kind, values), in this order.",
    )
    for kind in ("orientation", "sf", "phase"):
        got = student.tuning_curve(middle, kind, np.array([0.2, 0.1, 0.3]))
        holds(np.shape(got) == (3,), f"Three values, and a result of shape {np.shape(got)}.")


@check("hand")
def test_the_middle_pixel(student):
    """The middle pixel has the phase curve 1, 0, −1 and the orientation curve 1, 1, 1"""
    values = np.array([0, np.pi / 2, np.pi])
    close(student.tuning_curve(middle, "phase", values), [1, 0, -1], atol=1e-6)
    close(student.tuning_curve(middle, "orientation", values), [1, 1, 1], constant=True)


@check("probe")
def test_what_the_cell_sees(student):
    """The cell sees images (33, 33): for "phase" one each value, else the eight phases"""
    for kind, value, count in (("phase", 0.9, 1), ("orientation", 0.4, 8), ("sf", 0.15, 8)):
        seen = []

        def cell(img, seen=seen):
            seen.append(np.array(img, dtype=float))
            return 0.0

        student.tuning_curve(cell, kind, [value])
        holds(
            all(img.shape == (33, 33) for img in seen),
            f"The cell was shown an image of shape {seen[0].shape if seen else None}.",
        )
        shown = {(img.round(3) + 0.0).tobytes() for img in seen}  # −0 and 0 are the same
        holds(
            len(shown) == count,
            f"For one value of {kind} the cell was shown {len(shown)} different gratings, "
            f"expected {count}.",
        )


@check()
def test_values_in_any_order(student):
    """Values in any order, as an array or a list, whole numbers too, and answers below 0"""
    curve_is_right(student, SLANTING, "orientation", [2.0, 0.5, 3.6, 0.5])
    curve_is_right(student, SLANTING, "sf", np.array([0.2, 0.05, 0.14]))
    curve_is_right(student, SLANTING, "phase", [3.0, 0.7, -2.0])
    for kind in ("orientation", "phase"):
        curve_is_right(student, SLANTING, kind, np.array([2, 0, 1]), f"{kind}, whole numbers.")


@check()
def test_another_kind_is_refused(student):
    """Any other kind raises a ValueError"""
    for kind in ("colour", "phas", "Phase"):
        refuses(student.tuning_curve, middle, kind, [0.1])


@check("oracle")
def test_the_curves_of_a_simple_cell(student, rng):
    """All three curves of a simple cell, not scaled"""
    cell = rectified(rng.uniform(0, 3), rng.uniform(6, 10), 4.0, rng.uniform(0, 6))
    curve_is_right(student, cell, "orientation", rng.uniform(0, 6, size=3))
    curve_is_right(student, cell, "sf", rng.uniform(0.08, 0.2, size=3))
    curve_is_right(student, cell, "phase", rng.uniform(0, 6, size=5))


def bent(img):
    """A cell that is linear down to a floor below 0, so that a mean over phases is not 0."""
    return max(SLANTING(img), -0.2)


def probe_curves(student):
    """Three curves, after two that leave their mark on a STIMULUS that is changed."""
    for kind, value in (("sf", 0.11), ("orientation", 0.9)):
        student.tuning_curve(bent, kind, np.array([value]))
    return [
        student.tuning_curve(bent, kind, np.array(values))
        for kind, values in (
            ("orientation", [0.6, 2.0, 1.1]),
            ("sf", [0.14, 0.08]),
            ("phase", [2.5, 0.3]),
        )
    ]


def probe_whole_numbers(student):
    """The phase curve at whole numbers, and the values as they are afterwards."""
    values = np.array([2.0, 0.0, 1.0])
    curve, after = arguments_after_call(student, "tuning_curve", bent, "phase", values)
    whole = student.tuning_curve(bent, "phase", np.array([2, 0, 1]))
    return [curve, after[2], whole]


def probe_kinds(student):
    """Which words are refused."""
    refused = []
    for kind in ("colour", "phas"):
        try:
            refused.append(float(np.ravel(student.tuning_curve(middle, kind, [0.3]))[0]))
        except StudentError as error:
            refused.append(error.type_name)
    return refused


PROBES = [probe_curves, probe_whole_numbers, probe_kinds]
