"""Exports scores from the gradebook, for a spreadsheet or for a learning platform's import.

csv      one row per student, one column per exercise
canvas   the gradebook that Canvas exported, with this lab's column filled in
moodle   the grading worksheet or the grader report that Moodle exported, filled in likewise; or,
         for a class that did not come through Moodle, a file for its grade import

Scores are nbgrader's: manual scores and extra credit count, and penalties are subtracted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nablab.course import Course, Lab
from nablab.errors import GradebookError, NablabError
from nablab.escaping import spreadsheet_text
from nablab.grading.book.gradebook import GradebookWriter, Grades
from nablab.grading.book.gradebook_schema import shown
from nablab.grading.book.moodle_sheet import fill_moodle
from nablab.grading.book.worksheet import Mark, Sheet, fill_canvas, listed, number
from nablab.grading.intake.roster import MOODLE, Roster


@dataclass
class Export:
    """The text of a file, and notes for its reader."""

    text: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Class:
    """Everything that is known about the students of one lab."""

    lab: Lab
    grades: Mapping[str, Grades]
    roster: Roster
    states: Mapping[str, str]  # student -> state of the submission

    def marks(self) -> list[Mark]:
        """Everybody's score, and the names and ids by which the platform may know them."""
        handed_in = self.roster.of(self.lab.id)
        return [
            Mark(
                student,
                grades.score,
                feedback(grades, self.lab),
                handed_in.get(student),
                self.name(student),
                grades.email,
            )
            for student, grades in self.grades.items()
        ]

    def notes(self) -> list[str]:
        """Notes on scores that are not final."""
        said = []
        waiting = [student for student, grades in self.grades.items() if grades.waits]
        if waiting:
            said.append(f"Exported, but a person still has to look at them: {listed(waiting)}.")
        absent = sorted(set(self.states) - set(self.grades))
        if absent:
            said.append(f"No score in the gradebook: {listed(absent)}.")
        return said

    def name(self, student: str) -> str:
        entry = self.roster.of(self.lab.id).get(student)
        grades = self.grades.get(student)
        return (grades.name if grades else "") or (entry.name if entry else "")


def read_class(url: str, course: Course, lab: Lab, out: Path, states: Mapping[str, str]) -> Class:
    """The gradebook's grades for a lab. A gradebook that does not exist is not created."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        place = make_url(url)
    except ArgumentError:
        place = None  # GradebookWriter reports it
    if place and place.drivername.startswith("sqlite") and not Path(place.database or "").is_file():
        raise GradebookError(f"There is no gradebook {shown(url)}: run `nablab grade` first.")
    with GradebookWriter(url, course) as gradebook:
        grades = gradebook.grades(lab)
    if not grades:
        raise GradebookError(
            f"The gradebook {shown(url)} has no scores for {lab.id}: run `nablab grade` first."
        )
    return Class(lab, grades, Roster.load(out), states)


def to_csv(one: Class) -> Export:
    """A row for everybody who handed in, even if nothing was graded."""
    exercises = [exercise.id for exercise in one.lab.exercises]
    handed_in = one.roster.of(one.lab.id)
    rows = [
        ["student", "name", "lms_id", *exercises]
        + ["late", "late_penalty", "score", "out_of", "state", "waits_for_a_person"]
    ]
    for student in sorted({*one.grades, *one.states}):
        grades = one.grades.get(student)
        entry = handed_in.get(student)
        points = grades.exercises if grades else {}
        told = (student, one.name(student), entry.id if entry else "")
        rows.append(
            [spreadsheet_text(text) for text in told]
            + [number(points[exercise]) if exercise in points else "" for exercise in exercises]
            + ["yes" if entry and entry.late else ""]
            + ([number(grades.penalty), number(grades.score)] if grades else ["", ""])
            + [number(one.lab.points), one.states.get(student, "")]
            + ["yes" if grades and grades.waits else ""]
        )
    return Export(written(rows), one.notes())


def to_canvas(one: Class, template: Path | None, column: str | None) -> Export:
    if template is None:
        raise NablabError(
            "Canvas's import needs Canvas's own ids of students and of the assignment: export the "
            "gradebook there (Grades, Export) and name that file with --template."
        )
    sheet = Sheet.read(template)
    notes = fill_canvas(sheet, one.lab, one.marks(), column)
    return Export(sheet.text(), [*notes, *one.notes()])


def to_moodle(one: Class, template: Path | None, column: str | None) -> Export:
    if template is not None:
        sheet = Sheet.read(template)
        notes = fill_moodle(sheet, one.lab, one.marks(), column)
        return Export(sheet.text(), [*notes, *one.notes()])
    if any(entry.lms == MOODLE for entry in one.roster.of(one.lab.id).values()):
        raise NablabError(
            "Moodle's import needs Moodle's own ids of students: get the grading worksheet there "
            "(the assignment's Submissions, Download grading worksheet) and name that file with "
            "--template."
        )
    key = "Email address" if all("@" in student for student in one.grades) else "Username"
    rows = [[key, one.lab.title, "Feedback"]]
    rows += [
        [spreadsheet_text(student), number(grades.score), feedback(grades, one.lab)]
        for student, grades in one.grades.items()
    ]
    told = [f"In Moodle's grade import, map \"{key}\" to the field that holds your students' ids."]
    quoted = [student for student in one.grades if spreadsheet_text(student) != student]
    if quoted:
        told.append(
            "A spreadsheet would take these ids for formulas, so each has a ' added to it. Remove "
            f"it before Moodle's import: {listed(quoted)}."
        )
    return Export(written(rows), [*told, *one.notes()])


def feedback(grades: Grades, lab: Lab) -> str:
    """A student's points in one line."""
    points = ", ".join(
        f"{exercise.id}: {number(grades.exercises[exercise.id])} of {number(exercise.points)}"
        for exercise in lab.exercises
        if exercise.id in grades.exercises
    )
    late = f"; {number(grades.penalty)} subtracted for being late" if grades.penalty else ""
    return f"{points}{late}. Total: {number(grades.score)} of {number(lab.points)}."


def written(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()
