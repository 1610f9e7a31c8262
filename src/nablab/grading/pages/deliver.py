"""The results of grading one submission, besides the gradebook: its record and its files.

results/LAB/STUDENT.json              the journal's record: everything except values
autograded/STUDENT/LAB/LAB.ipynb      the judged notebook with its cards, for nbgrader's formgrader
feedback/STUDENT/LAB.html             the student's page

They are made by the process that grades, on any machine, and written by a single process: see
`journal`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nablab.course import Lab
from nablab.escaping import text_cell
from nablab.grading.pages.feedback import (
    NO_CARDS,
    Card,
    Section,
    feedback_page,
    grade_cell_outputs,
    sections_of,
)
from nablab.grading.records import UNREADABLE, Graded, Work

Notebook = dict[str, Any]
Record = dict[str, Any]  # records.Graded.to_json(), and the cards of its exercises


@dataclass(frozen=True)
class Delivery:
    """One submission's record, and the texts of its files by their paths below the results."""

    record: Record
    files: Mapping[str, str]

    @property
    def student(self) -> str:
        student: str = self.record["submission"]["student"]
        return student


def feedback_path(lab: Lab, student: str) -> str:
    return f"feedback/{student}/{lab.id}.html"


def autograded_path(lab: Lab, student: str) -> str:
    return f"autograded/{student}/{lab.id}/{lab.id}.ipynb"


def deliver(
    graded: Graded,
    lab: Lab,
    course_title: str,
    cards: Mapping[str, Card] = NO_CARDS,
    execute: Callable[[Notebook], None] | None = None,
) -> Delivery:
    """Everything to write for a graded submission. `cards` has the cards that are kept, and
    `execute` gives the notebook's other cells their outputs."""
    student, when = graded.submission.student, graded.submission.timestamp
    sections = sections_of(graded, lab, cards)
    notebook = reassembled(graded, lab, sections)
    if execute and graded.work:
        execute(notebook)
    autograded = autograded_path(lab, student)
    files = {
        autograded: json.dumps(notebook, ensure_ascii=False),
        feedback_path(lab, student): feedback_page(graded, sections, lab, course_title),
    }
    if when:
        files[f"{autograded.rpartition('/')[0]}/timestamp.txt"] = when
    kept = {
        section.score.exercise: asdict(Card(str(section.body), section.text))
        for section in sections
    }
    told = {"cards": kept, "executed": execute is not None}
    return Delivery({**graded.to_json(), **told}, files)


def reassembled(graded: Graded, lab: Lab, sections: Sequence[Section] = ()) -> dict[str, Any]:
    """The lab's own notebook with the student's sources and a card below every grade cell, exactly
    as it was judged. All metadata is the lab's."""
    notebook = json.loads(lab.notebook.read_text(encoding="utf-8"))
    work = graded.work
    answers = {cell.exercise: cell.source for cell in work.cells if cell.exercise} if work else {}
    by_solution = {exercise.solution_cell: exercise.id for exercise in lab.exercises}
    judged = {lab.exercise(section.score.exercise).grade_cell: section for section in sections}
    added = _added_cells(work)
    cells: list[dict[str, Any]] = []
    if graded.state == UNREADABLE:
        why = " ".join(graded.notes)
        cells.append(text_cell("note-unreadable", "This submission could not be read:", why))
    cells += added.pop("", [])
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in by_solution:
            cell["source"] = answers.get(
                by_solution[grade_id], cell["source"] if work is None else ""
            )
        elif grade_id in judged:
            cell["outputs"] = outputs(judged[grade_id])
        cells += [cell, *added.pop(grade_id or cell.get("id"), [])]
    for left in added.values():
        cells += left
    return {**notebook, "cells": cells}


def outputs(section: Section) -> list[dict[str, Any]]:
    """The outputs of a grade cell: the card, and the number that nbgrader reads as the score."""
    html, text = grade_cell_outputs(section)
    return [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"text/html": html, "text/plain": text},
        },
        {
            "output_type": "execute_result",
            "metadata": {},
            "execution_count": None,
            "data": {"text/plain": repr(float(section.score.points))},
        },
    ]


def _added_cells(work: Work | None) -> dict[str, list[dict[str, Any]]]:
    """The cells that the student added and the lab's cells that the student changed, by the lab's
    cell before them."""
    added: dict[str, list[dict[str, Any]]] = {}
    for cell in work.cells if work else ():
        if not cell.exercise and not cell.trusted:
            added.setdefault(cell.after, []).append(
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "metadata": {},
                    "outputs": [],
                    "id": f"added-{cell.id.rpartition(' ')[2]}",
                    "source": cell.source,
                }
            )
    return added
