"""Writes nbgrader's gradebook, through its own API: one writer, one submission at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nablab.course import Course, Lab
from nablab.errors import GradebookError
from nablab.grading.book.gradebook_schema import make_or_refuse, shown
from nablab.grading.records import GRADED, UNREADABLE
from nablab.nbgrader_environment import nbgrader_environment

NOT_WRITTEN = ("is full", "readonly", "disk I/O", "No space left")  # in the databases' messages


@dataclass
class Grades:
    """One student's final grades in one lab, with manual scores and extra credit."""

    exercises: dict[str, float] = field(default_factory=dict)
    penalty: float = 0.0  # for being late, as set in nbgrader
    waits: bool = False  # whether a person still has to look at it
    name: str = ""
    email: str = ""

    @property
    def score(self) -> float:
        return max(0.0, round(sum(self.exercises.values()) - self.penalty, 2))


def default_url(out: Path) -> str:
    return f"sqlite:///{out / 'gradebook.db'}"


class GradebookWriter:
    """An open gradebook. Manual scores are kept: only automatic scores are written here."""

    def __init__(self, url: str, course: Course):
        self.url = url
        self.course = course
        self.gradebook: Any = None

    def __enter__(self) -> GradebookWriter:
        with self._explained(), nbgrader_environment():
            from nbgrader.api import Gradebook

            make_or_refuse(self.url, self.course.id)
            self.gradebook = Gradebook(self.url, self.course.id)
            # the lab's cells are not read again after each commit
            self.gradebook.db().expire_on_commit = False
        return self

    def __exit__(self, *_: Any) -> None:
        if self.gradebook is not None:
            self.gradebook.close()

    def register(self, lab: Lab) -> None:
        """Register the lab as generate_assignment does: its grade, solution and source cells."""
        resources = {"nbgrader": {"notebook": lab.id, "assignment": lab.id, "db_url": self.url}}
        with self._explained(), nbgrader_environment():
            import nbformat
            from nbgrader.preprocessors import SaveCells

            self.gradebook.update_or_create_assignment(lab.id, course_id=self.course.id)
            try:
                SaveCells().preprocess(nbformat.read(lab.notebook, as_version=4), resources)
            except RuntimeError as error:
                raise GradebookError(
                    f"{lab.id} has other exercises than when this gradebook was made ({error}): "
                    "use another gradebook with --db."
                ) from None

    def write(self, record: dict[str, Any], lab: Lab) -> None:
        """Write one submission's scores, in one transaction."""
        if record["state"] not in (GRADED, UNREADABLE):
            return
        student = record["submission"]["student"]
        points = _auto_scores(record, lab)
        timestamp = _time(record["submission"]["timestamp"])
        with self._explained(), nbgrader_environment():
            self.gradebook.update_or_create_student(student)
            submission = self.gradebook.update_or_create_submission(
                lab.id, student, **({"timestamp": timestamp} if timestamp else {})
            )
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = points.get(grade.name, 0.0)
                    grade.needs_manual_grade = (
                        grade.manual_score is not None or record["state"] == UNREADABLE
                    )
            self.gradebook.db.commit()

    def missing(self, records: Iterable[dict[str, Any]], lab: Lab) -> list[dict[str, Any]]:
        """The records with scores that are missing from the gradebook or differ there."""
        held: dict[str, dict[str, float]] = {}
        with self._explained():
            for student, _, cell, grade in self._rows(lab):
                held.setdefault(student.id, {})[cell] = grade.auto_score
        return [
            record
            for record in records
            if record["state"] in (GRADED, UNREADABLE)
            and held.get(record["submission"]["student"]) != _auto_scores(record, lab)
        ]

    def scores(self, lab: Lab) -> dict[str, float]:
        """Every student's score for a lab, manual scores included."""
        with self._explained():
            return {
                submission.student_id: submission.score
                for submission in self.gradebook.assignment_submissions(lab.id)
            }

    def grades(self, lab: Lab) -> dict[str, Grades]:
        """Every student's grades for a lab, in order of student."""
        by_cell = {exercise.grade_cell: exercise.id for exercise in lab.exercises}
        found: dict[str, Grades] = {}
        with self._explained():
            for student, notebook, cell, grade in self._rows(lab):
                grades = found.setdefault(student.id, Grades())
                grades.name = " ".join(filter(None, (student.first_name, student.last_name)))
                grades.email = student.email or ""
                grades.penalty = notebook.late_submission_penalty or 0.0
                grades.waits |= bool(grade.needs_manual_grade)
                if cell in by_cell:
                    grades.exercises[by_cell[cell]] = grade.score
        return found

    def _rows(self, lab: Lab) -> Any:
        """(student, submitted notebook, cell's name, grade) for every grade of a lab, in order of
        student, with one query."""
        from nbgrader.api import Assignment, BaseCell, Grade, Student, SubmittedAssignment
        from nbgrader.api import SubmittedNotebook as Notebook

        return (
            self.gradebook.db.query(Student, Notebook, BaseCell.name, Grade)
            .join(SubmittedAssignment, SubmittedAssignment.student_id == Student.id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(Notebook, Notebook.assignment_id == SubmittedAssignment.id)
            .join(Grade, Grade.notebook_id == Notebook.id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .filter(Assignment.name == lab.id)
            .order_by(Student.id)
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the database's own errors into one sentence."""
        from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

        log = logging.getLogger("tornado.application")  # nbgrader logs the traceback there as well
        silent, log.disabled = log.disabled, True
        try:
            yield
        except OperationalError as error:
            raise self._trouble(str(error.orig)) from None
        except DatabaseError as error:
            raise GradebookError(f"{shown(self.url)} is not a gradebook: {error.orig}.") from None
        except (ArgumentError, ModuleNotFoundError) as error:
            raise GradebookError(
                f"{shown(self.url)} is not a database that can be opened here ({error}): write "
                "sqlite:///PATH or postgresql://USER@HOST/NAME, and install the database's driver."
            ) from None
        except Exception as error:
            from nbgrader.api import InvalidEntry

            if not isinstance(error, InvalidEntry):
                raise
            raise self._trouble(str(error).rpartition("Error) ")[2]) from None  # one of the above
        finally:
            log.disabled = silent

    def _trouble(self, why: str) -> GradebookError:
        why = why.strip().splitlines()[0] if why.strip() else "the database refused the change"
        if "locked" in why:
            return GradebookError(
                f"The gradebook {shown(self.url)} is locked by another program: close formgrader "
                "or nbgrader and run the same command again. Nothing graded so far is lost."
            )
        if any(word in why for word in NOT_WRITTEN):
            return GradebookError(
                f"The gradebook {shown(self.url)} cannot be written: {why}. Nothing graded so far "
                "is lost: make room or make it writable, and run the same command again."
            )
        return GradebookError(f"The gradebook {shown(self.url)} cannot be opened: {why}.")


def _auto_scores(record: dict[str, Any], lab: Lab) -> dict[str, float]:
    """A record's points by the gradebook's cell names; 0 if the submission was unreadable."""
    points = {score["exercise"]: score["points"] for score in record["exercises"]}
    return {exercise.grade_cell: points.get(exercise.id, 0.0) for exercise in lab.exercises}


def _time(timestamp: str | None) -> str | None:
    """The time of handing in if nbgrader can read it, else None: a file may contain anything."""
    from nbgrader.utils import parse_utc

    try:
        return timestamp if timestamp and parse_utc(timestamp) else None
    except (ValueError, OverflowError):
        return None
