"""Turns outcomes into points.

An exercise's visible checks share `visible_share` of its points equally, and its hidden checks
share the rest equally. A check that is itself at fault costs the student nothing. A check that
fails with the student's own earlier functions, but passes with the reference's, earns
`follow_through` of its points.
"""

from __future__ import annotations

from nablab.checking.runner import FAULT, PASSED, Outcome
from nablab.course import Exercise, Lab
from nablab.grading.records import ExerciseRun, ExerciseScore


def score(lab: Lab, exercise: Exercise, run: ExerciseRun, follow_through: float) -> ExerciseScore:
    """One exercise's points. Only their sum is rounded, to two digits."""
    hidden = sum(outcome.hidden for outcome in run.outcomes)
    visible = len(run.outcomes) - hidden
    share = lab.visible_share if hidden and visible else 1.0 if visible else 0.0
    mended = {outcome.name: outcome.state for outcome in run.followed_through}
    points: dict[str, tuple[float, float]] = {}
    for outcome in run.outcomes:
        part = (1 - share) / hidden if outcome.hidden else share / visible
        possible = exercise.points * part
        points[outcome.name] = (
            possible * _earned(outcome, mended.get(outcome.name), follow_through),
            possible,
        )
    total = round(sum(earned for earned, _ in points.values()), 2)
    return ExerciseScore(exercise.id, exercise.title, total, exercise.points, run, points)


def _earned(outcome: Outcome, mended: str | None, follow_through: float) -> float:
    if outcome.state in (PASSED, FAULT):
        return 1.0
    return follow_through if mended == PASSED else 0.0
