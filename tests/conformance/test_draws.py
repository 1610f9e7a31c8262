"""A right answer passes whatever is drawn.

A hidden check draws its numbers anew for every student. One that fails for a right answer in one draw
of fifty takes a point from every fiftieth student, and three draws do not show it.
"""

import inspect
import time
from functools import partial
from pathlib import Path

import pytest

from nablab.authored.answers import Answers
from nablab.checking.runner import PASSED, run_check
from nablab.course import find_course, list_labs
from nablab.release.exercise import of_exercise

COURSE = find_course(Path(__file__).resolve().parents[2])
LABS = list_labs(COURSE.solutions)
DRAWS, SECONDS = 200, 1.0  # for each check of each right answer, whichever ends first


@pytest.mark.long
@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.id)
def test_right_answers_pass_whatever_is_drawn(lab):
    answers = Answers(COURSE, lab)
    failed = []
    for exercise in lab.exercises:
        checks = of_exercise([*answers.visible, *answers.hidden], exercise)
        drawing = [check for check in checks if "rng" in _parameters(check)]
        variants = [] if exercise.trains else of_exercise(answers.variants, exercise)
        for right in (None, *variants):
            failed += [
                f"{exercise.id} {right.name if right else 'the reference'}: {words}"
                for check in drawing
                for words in _failures(check, partial(answers.answering, exercise.id, right))
            ]
    assert not failed, "\n".join(failed)


def _parameters(check):
    return inspect.signature(check.function).parameters


def _failures(check, answering):
    begun = time.process_time()
    for number in range(DRAWS):
        with answering() as student:
            outcome = run_check(check, student, f"draw {number}")
        if outcome.state != PASSED:
            yield f"{check.name} in draw {number}: {outcome.says}"
        if time.process_time() - begun > SECONDS:
            break
