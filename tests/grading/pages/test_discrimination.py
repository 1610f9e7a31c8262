"""The discrimination of checks, and what is said of it."""

import numpy as np
import pytest

from nablab.checking.runner import FAILED, FAULT, PASSED
from nablab.course import find_course
from nablab.grading.pages.discrimination import discrimination, in_words
from nablab.grading.pages.rates import rates_of

LAB = find_course(None).lab("1")
EXERCISE = LAB.exercises[0]


def test_it_is_the_difference_of_the_means_in_standard_deviations():
    rng = np.random.default_rng(0)
    rest = rng.uniform(0, 90, 200)
    passed = rest + rng.normal(0, 30, 200) > 40
    p, spread = passed.mean(), rest.std()
    by_hand = (rest[passed].mean() - rest[~passed].mean()) / spread * np.sqrt(p * (1 - p))
    assert discrimination(passed.tolist(), rest.tolist()) == pytest.approx(by_hand)
    assert 0.3 < by_hand < 0.9


def test_a_check_that_the_weak_pass_has_a_negative_one():
    assert discrimination([True, True, False, False], [1.0, 2.0, 8.0, 9.0]) < -0.9


@pytest.mark.parametrize(
    ("passed", "rest"),
    [([], []), ([True], [3.0]), ([True] * 4, [1, 2, 3, 4]), ([False] * 4, [1, 2, 3, 4])]
    + [([True, False], [5.0, 5.0])],
    ids=["nobody", "one", "all pass", "all fail", "no spread"],
)
def test_it_is_undefined_where_nothing_can_be_told_apart(passed, rest):
    assert discrimination(passed, rest) is None


def test_only_a_low_one_in_a_large_enough_class_is_remarked_on():
    assert "no better elsewhere" in in_words(0.05, 10, 20)
    assert "worse elsewhere" in in_words(-0.3, 10, 20)
    assert in_words(0.3, 10, 20) == in_words(None, 20, 20) == ""
    assert in_words(-0.3, 4, 8) == in_words(-0.3, 19, 20) == ""


def record(states, points, total):
    """A graded submission whose first exercise has one check a state, each worth its points."""
    names = [f"test_{i}" for i in range(len(states))]
    return {
        "points": total,
        "exercises": [
            {
                "exercise": EXERCISE.id,
                "points": sum(points),
                "out_of": EXERCISE.points,
                "check_points": {
                    name: (part, 4.0) for name, part in zip(names, points, strict=True)
                },
                "run": {
                    "wall_s": total / 10,
                    "cpu_s": 0.1,
                    "memory_mb": 20.0,
                    "outcomes": [
                        {"name": name, "title": name, "hidden": False, "state": state}
                        for name, state in zip(names, states, strict=True)
                    ],
                },
            }
        ],
    }


def test_the_rest_score_is_without_the_checks_own_points():
    """All earn 50 elsewhere and 4 with the other check: with its own points in the total, the
    first check would seem to discriminate perfectly."""
    graded = [record([PASSED, PASSED], (4.0, 4.0), 58.0)] * 5
    graded += [record([FAILED, PASSED], (0.0, 4.0), 54.0)] * 5
    rates = rates_of(graded, LAB)[0]
    first = rates.checks[False, "test_0"]
    assert first.rest == [54.0] * 10 and first.discrimination is None
    assert rates.full.rest == [50.0] * 10 and rates.full.share == 0.5


def test_points_by_follow_through_are_left_out_of_the_rest_too():
    graded = [record([FAILED], (4.0,), 60.0), record([PASSED], (4.0,), 90.0)]
    check = rates_of(graded, LAB)[0].checks[False, "test_0"]
    assert check.rest == [56.0, 86.0] and check.passed == [False, True]


def test_who_met_a_fault_of_the_suite_is_not_counted():
    graded = [record([FAULT], (4.0,), 60.0), record([PASSED], (4.0,), 90.0)]
    assert rates_of(graded, LAB)[0].checks[False, "test_0"].judged == 1


def test_time_is_told_as_middle_high_and_most():
    rates = rates_of([record([PASSED], (4.0,), float(i)) for i in range(1, 102)], LAB)[0]
    assert (rates.wall_s.middle, rates.wall_s.most) == (5.1, 10.1)
    assert rates.wall_s.high == pytest.approx(9.6)
    assert rates.memory_mb.middle == 20.0
