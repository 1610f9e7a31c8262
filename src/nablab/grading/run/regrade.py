"""Grading again: what is run again, what is kept, and who gains and who loses points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nablab.course import Lab
from nablab.grading.pages.deliver import Record
from nablab.grading.pages.feedback import Card
from nablab.grading.records import GRADED, Submission, score_of
from nablab.grading.run.runners import Task


@dataclass(frozen=True)
class Change:
    """One student's points before and after."""

    student: str
    before: float
    after: float
    exercises: tuple[tuple[str, float, float], ...]  # (exercise, before, after) where they differ

    @property
    def gain(self) -> float:
        return round(self.after - self.before, 2)


def task_of(submission: Submission, before: Record | None, asked: list[str]) -> Task:
    """The task for a submission: run the exercises in `asked`, or all if it is empty, and keep the
    journal's scores of the others, if there are any."""
    if not asked or before is None or before["state"] != GRADED:
        return Task(submission)
    kept = {
        score["exercise"]: score_of(score)
        for score in before["exercises"]
        if score["exercise"] not in asked
    }
    return Task(submission, kept, {name: Card(**before["cards"][name]) for name in kept})


def changes(pairs: Iterable[tuple[Record | None, Record]], lab: Lab) -> list[Change]:
    """Who gains and who loses points. The largest losses come first."""
    found = []
    for before, after in pairs:
        if before is None:
            continue
        old, new = (
            {score["exercise"]: score["points"] for score in record["exercises"]}
            for record in (before, after)
        )
        moved = tuple(
            (exercise.id, old.get(exercise.id, 0.0), new.get(exercise.id, 0.0))
            for exercise in lab.exercises
            if abs(old.get(exercise.id, 0.0) - new.get(exercise.id, 0.0)) > 0.005
        )
        if moved or before["state"] != after["state"]:
            student = after["submission"]["student"]
            found.append(Change(student, before["points"], after["points"], moved))
    return sorted(found, key=lambda change: (change.gain, change.student))
