"""`nablab check`: a student's own notebook, checked from a terminal.

The cells run as the grader runs them, under the lab's limits, in a separate process. It is the
student's own code on the student's own machine, so there is no jail around that process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from nablab.checking.card import Card
from nablab.course import Exercise, Lab
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.extract import Released, extract, released_notebook
from nablab.grading.intake.submission import read
from nablab.grading.judge.answer import Answer
from nablab.grading.judge.submission_state import SubmissionState
from nablab.grading.records import Submission, Work
from nablab.notebook import check_namespace, check_student
from nablab.sandbox.cells import Cells
from nablab.sandbox.engine import Engine
from nablab.sandbox.host import Jail
from nablab.sandbox.student import Student

Checked = tuple[Card, tuple[str, ...]]


def own_work(lab: Lab, released: Released) -> Work:
    """The cells of a student's own copy of a lab."""
    submission = Submission("you", lab.id, lab.notebook)
    try:
        return extract(read(submission), submission, lab, released)
    except UnreadableSubmission as error:
        raise UnreadableSubmission(f"{lab.notebook}: {error}") from None


def checked(lab: Lab, exercises: list[Exercise], notebook: Path) -> Iterator[Checked]:
    """Each exercise's card, and notes on its cells. `notebook` is the lab's own."""
    released = released_notebook(notebook)
    work = own_work(lab, released)
    if sys.platform != "linux":
        yield from _checked_here(lab, exercises, work)
        return
    setup = released.first_setup(lab)
    state = SubmissionState(lab.limits.submission_s)
    with Jail(lab.preload, Engine("none", namespaces=False), lab.folder / "assets", setup) as jail:
        for exercise in exercises:
            answer = Answer(jail, lab, exercise, work, state)
            try:
                card = check_student(lab, exercise, Student(answer, exercise.signatures))
                yield card, state.not_told_yet(answer.notes)
            finally:
                answer.close()


def _checked_here(lab: Lab, exercises: list[Exercise], work: Work) -> Iterator[Checked]:
    """The same in this process and without limits, for systems that cannot fork and watch one."""
    main = sys.modules["__main__"]
    for exercise in exercises:
        cells, notes = Cells(), []
        try:
            for cell in work.cells_for(exercise.id):
                error = None if cell.picture else cells.run(cell.id, cell.source)
                if error and "type" in error:
                    notes.append(f"Cell {cell.id} raised {error['type']}: {error['message']}")
        finally:
            sys.modules["__main__"] = main
        yield check_namespace(lab, exercise.id, cells.namespace), tuple(notes)
