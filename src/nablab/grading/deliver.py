"""Writes what grading leaves behind for one submission, beside the gradebook.

results/LAB/STUDENT.json              the journal: everything but values; first of all
autograded/STUDENT/LAB/LAB.ipynb      what was judged, with its cards, for nbgrader's formgrader
feedback/STUDENT/LAB.html             the student's page
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nablab.course import Lab
from nablab.grading.feedback import Section, feedback_page, grade_cell_outputs, sections_of
from nablab.grading.records import UNREADABLE, Graded, Work


def journal_path(out: Path, lab: Lab, student: str) -> Path:
    return out / "results" / lab.id / f"{student}.json"


def feedback_path(out: Path, lab: Lab, student: str) -> Path:
    return out / "feedback" / student / f"{lab.id}.html"


def autograded_path(out: Path, lab: Lab, student: str) -> Path:
    return out / "autograded" / student / lab.id / f"{lab.id}.ipynb"


def deliver(graded: Graded, lab: Lab, course_title: str, out: Path) -> dict[str, Any]:
    """Write all three and return the journal's record."""
    student = graded.submission.student
    record = graded.to_json()
    _write(journal_path(out, lab, student), json.dumps(record, ensure_ascii=False))
    sections = sections_of(graded, lab)
    notebook = reassembled(graded, lab, sections)
    _write(autograded_path(out, lab, student), json.dumps(notebook, ensure_ascii=False))
    if graded.submission.timestamp:
        _write(
            autograded_path(out, lab, student).parent / "timestamp.txt", graded.submission.timestamp
        )
    _write(feedback_path(out, lab, student), feedback_page(graded, sections, lab, course_title))
    return record


def read_journal(out: Path, lab: Lab) -> list[dict[str, Any]]:
    """The records of everything that was graded for a lab, in order of student."""
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((out / "results" / lab.id).glob("*.json"))
    ]


def reassembled(graded: Graded, lab: Lab, sections: Sequence[Section] = ()) -> dict[str, Any]:
    """The lab's own notebook with the student's sources in it and a card below every grade cell:
    exactly what was judged. All metadata is the lab's."""
    notebook = json.loads(lab.notebook.read_text(encoding="utf-8"))
    work = graded.work
    answers = {cell.exercise: cell.source for cell in work.cells if cell.exercise} if work else {}
    by_solution = {exercise.solution_cell: exercise.id for exercise in lab.exercises}
    judged = {lab.exercise(section.score.exercise).grade_cell: section for section in sections}
    cells: list[dict[str, Any]] = []
    if graded.state == UNREADABLE:
        cells.append(_note(f"**This submission could not be read.** {' '.join(graded.notes)}"))
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in by_solution:
            cells += _added_before(by_solution[grade_id], work)
            cell["source"] = answers.get(
                by_solution[grade_id], cell["source"] if work is None else ""
            )
        elif grade_id in judged:
            cell["outputs"] = outputs(judged[grade_id])
        cells.append(cell)
    cells += _added_before(None, work)
    return {**notebook, "cells": cells}


def outputs(section: Section) -> list[dict[str, Any]]:
    """What a grade cell shows: the card, and the number that nbgrader reads the score from."""
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


def _added_before(exercise: str | None, work: Work | None) -> list[dict[str, Any]]:
    """The student's own cells between the exercise before and this one; None: those at the end."""
    added: list[dict[str, Any]] = []
    for cell in work.cells if work else ():
        if cell.exercise:
            if cell.exercise == exercise:
                return added
            added = []
        elif not cell.trusted:
            added.append(
                {
                    "cell_type": "code",
                    "execution_count": None,
                    "metadata": {},
                    "outputs": [],
                    "id": f"added-{cell.id.rpartition(' ')[2]}",
                    "source": cell.source,
                }
            )
    return added if exercise is None else []


def _note(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "note-unreadable", "metadata": {}, "source": text}


def _write(path: Path, text: str) -> None:
    """Write a whole file or nothing: a reader never sees half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
