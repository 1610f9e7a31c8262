"""The visible checks of 13.2."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import SIZE, arc, detector

ATOL = 1e-5  # of filters whose largest entries are near .05, in float32
ANSWERS = 2e-4  # of sums over a whole patch


def filter_is_right(student, theta, inhibit, says=""):
    return close(
        student.curve_detector(theta, inhibit),
        detector(theta, inhibit),
        says or f"θ = {theta:.3g}, inhibit = {inhibit:.3g}.",
        atol=ATOL,
    )


@check("contract")
def test_a_filter_of_the_labs_size(student):
    """curve_detector returns a filter (SIZE, SIZE), a NumPy array"""
    contract(student, "curve_detector", 0.4, 0.5, shape=(SIZE, SIZE), array=True)


@check("probe")
def test_without_inhibition(student):
    """Without inhibition the filter is the arc, balanced and scaled"""
    filter_is_right(student, 0.7, 0.0)


@check("probe")
def test_balance_and_scale(student):
    """The entries sum to 0, and the answer to the own curve is 1, with any inhibition"""
    for inhibit in (0.0, 0.4, 1.0):
        got = filter_is_right(student, -0.5, inhibit)
        close(np.sum(got, dtype=float), 0.0, "The sum of the entries.", atol=ANSWERS)
        close(np.sum(got * arc(-0.5)), 1.0, "The answer to the own curve.")


@check()
def test_it_likes_its_own_curve_best(student):
    """With inhibit = 0.75 it likes its own curve best, and the opposite one least"""
    turns = 2 * np.pi * np.arange(24) / 24
    got = filter_is_right(student, turns[5], 0.75)
    answers = np.array([np.sum(got * arc(turn)) for turn in turns])
    expected = [np.sum(detector(turns[5], 0.75) * arc(turn)) for turn in turns]
    close(answers, expected, "The answers to 24 curves.", atol=ANSWERS)


@check()
def test_the_opposite_curve_is_inhibited(student):
    """The answer to the opposite curve is 0.31 without inhibition and −0.57 with inhibit = 0.75"""
    for inhibit in (0.0, 0.75):
        got = np.asarray(student.curve_detector(1.2, inhibit))
        close(
            np.sum(got * arc(1.2 + np.pi)),
            np.sum(detector(1.2, inhibit) * arc(1.2 + np.pi)),
            f"inhibit = {inhibit}.",
            atol=ANSWERS,
        )


@check("oracle")
def test_any_filter(student, rng):
    """Detectors of any direction and inhibition"""
    for _ in range(3):
        filter_is_right(student, rng.uniform(-7, 7), rng.uniform(0.05, 1))


PROBES = [("curve_detector", (0.4, 0.5)), ("curve_detector", (3.0, 1.0))]
