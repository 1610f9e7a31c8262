"""Cells -> a notebook with nbgrader's metadata and cell ids that do not change between builds."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from nablab.authored.read import DISCUSSION, EXERCISE, PICTURE, PROSE, SETUP, SourceCell
from nablab.authored.rules import effort, limits, not_allowed
from nablab.course import Exercise, Lab

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"}


def stamp(lab: Lab, cells: list[SourceCell], discussed: bool = False) -> dict[str, Any]:
    """The solved notebook, as a dict of nbformat 4.5. After every exercise comes its locked grade
    cell, before it the question to predict and what is not allowed. An exercise's heading is
    followed by its points and minutes, and the first text ends with the lab's limits. Discussions
    are in it only if it is `discussed`. A cell's id holds the lab, the exercise that it belongs to
    and its place there, so that a cell added in one exercise renames none in another."""
    ids = _Ids(lab)
    made: list[dict[str, Any]] = []
    for cell in _with_limits(lab, cells):
        if cell.kind == EXERCISE:
            exercise = lab.exercise(cell.exercise)
            ids.enter(exercise)
            if exercise.predict:
                made.append(_markdown(ids.next(), _question(exercise)))
                made.append(_code(exercise.predict_cell, f'predict("{exercise.id}", "")'))
            if rule := not_allowed(exercise):
                made.append(_markdown(ids.next("rule"), rule))
            made.append(
                _code(
                    exercise.solution_cell,
                    cell.source,
                    _nbgrader(exercise.solution_cell, solution=True),
                )
            )
            made.append(
                _code(
                    exercise.grade_cell,
                    f'check("{exercise.id}")',
                    _nbgrader(exercise.grade_cell, grade=True, points=exercise.points),
                )
            )
        elif cell.kind in (SETUP, PICTURE):
            name = ids.next(cell.kind)
            made.append(_code(name, cell.source, _nbgrader(name), tags=[cell.kind]))
        elif cell.kind == DISCUSSION:
            if discussed:
                made.append(_markdown(ids.next(DISCUSSION), f"**Discussion.** {cell.source}"))
        else:
            made.append(_markdown(ids.next(), _with_efforts(lab, cell.source)))
    return {
        "cells": made,
        "metadata": {
            "kernelspec": dict(KERNELSPEC),
            "language_info": dict(LANGUAGE_INFO),
            "nablab": {"lab": lab.id},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _with_limits(lab: Lab, cells: list[SourceCell]) -> list[SourceCell]:
    first = next((number for number, cell in enumerate(cells) if cell.kind == PROSE), None)
    if first is None:
        return cells
    introduction = SourceCell(PROSE, f"{cells[first].source}\n\n{limits(lab.limits)}")
    return [*cells[:first], introduction, *cells[first + 1 :]]


def _with_efforts(lab: Lab, text: str) -> str:
    for exercise in lab.exercises:
        if said := effort(exercise):
            text = heading_of(exercise).sub(rf"\g<0>\n\n{said}", text)
    return text


def heading_of(exercise: Exercise) -> re.Pattern[str]:
    return re.compile(rf"^##+ {re.escape(exercise.id)} .*$", re.MULTILINE)


def _question(exercise: Exercise) -> str:
    predict = exercise.predict
    assert predict is not None
    options = "\n".join(f"- **{letter}** {text}" for letter, text in predict.options.items())
    return (
        f"**Predict before you run** (no points). {predict.question}\n\n{options}\n\n"
        "Write your letter between the quotes."
    )


class _Ids:
    """Hands out cell ids."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.place = f"{lab.number}-0"
        self.counts: Counter[str] = Counter()

    def enter(self, exercise: Exercise) -> None:
        self.place = exercise.slug

    def next(self, kind: str = "text") -> str:
        self.counts[f"{kind}-{self.place}"] += 1
        return f"{kind}-{self.place}-{self.counts[f'{kind}-{self.place}']}"


def _nbgrader(
    grade_id: str, *, grade: bool = False, solution: bool = False, points: float | None = None
) -> dict[str, Any]:
    stamp: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        stamp["points"] = points
    return stamp


def _code(
    cell_id: str, source: str, nbgrader: dict[str, Any] | None = None, tags: list[str] | None = None
) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if nbgrader:
        metadata["nbgrader"] = nbgrader
    if tags:
        metadata["tags"] = tags
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def _markdown(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}
