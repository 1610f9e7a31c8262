"""Reads each student's answer to each exercise back from the judged notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nablab.course import Lab
from nablab.grading.intake.extract import released_notebook
from nablab.grading.pages.deliver import autograded_path

Answers = dict[str, dict[str, str]]  # exercise -> student -> source


def read_answers(out: Path, lab: Lab, students: Iterable[str]) -> Answers:
    """Every exercise's cell, with the cells that the student added between the previous check and
    its own, because a helper function is part of an answer. Notebooks that were removed or damaged
    since are left out."""
    answers: Answers = {exercise.id: {} for exercise in lab.exercises}
    for student in students:
        try:
            found = _answers_in(out / autograded_path(lab, student), lab)
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
        for exercise, source in found.items():
            answers[exercise][student] = source
    return answers


def released_answers(lab: Lab) -> dict[str, str]:
    """The source of each exercise's cell as it is released."""
    return _answers_in(lab.notebook, lab)


def _answers_in(path: Path, lab: Lab) -> dict[str, str]:
    exercises = {exercise.solution_cell: exercise.id for exercise in lab.exercises}
    checks = {exercise.grade_cell: exercise.id for exercise in lab.exercises}
    parts: dict[str, list[str]] = {}
    added: list[str] = []
    for cell in released_notebook(path).cells:
        if cell["id"].startswith("added-") or cell["id"] in exercises:
            added.append(cell["source"].strip("\n"))
        exercise = exercises.get(cell["id"]) or checks.get(cell["id"])
        if exercise:
            parts.setdefault(exercise, []).extend(added)
            added = []
    return {exercise: "\n\n\n".join(sources) for exercise, sources in parts.items()}
