"""Finds submissions in a folder or in a learning platform's download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nablab.cli.tables import print_left
from nablab.course import Course, Lab, list_labs
from nablab.errors import NoSubmissions

if TYPE_CHECKING:
    from nablab.grading.records import Submission
    from nablab.grading.run.journal import Journal


def labs_of(submissions: Path, course: Course) -> list[Lab]:
    """The labs that a folder holds submissions for, or the one lab of a download."""
    from nablab.grading.intake.folder import entries_of, names_lab
    from nablab.grading.intake.lms import is_download, labs_named

    if is_download(submissions):
        labs = list_labs(course.released)
        return [_lab_of_download(submissions, labs, labs_named(submissions, labs))]
    entries = entries_of(submissions)
    labs = list_labs(course.released)
    if len(labs) == 1:
        return labs
    found = [lab for lab in labs if any(names_lab(entry, lab) for entry in entries)]
    if not found:
        names = ", ".join(lab.id for lab in labs)
        raise NoSubmissions(
            f"{submissions} does not say which lab it is for: name one with --lab ({names})."
        )
    return found


def submissions_of(place: Path, lab: Lab, journal: Journal) -> list[Submission]:
    """The submissions for one lab in a folder or in a learning platform's download. Files that are
    not graded are noted in the journal, for the report, and printed."""
    from nablab.grading.intake.folder import find_submissions
    from nablab.grading.intake.lms import is_download, take_in

    if is_download(place):
        taken = take_in(place, lab, journal.out)
    else:
        taken = find_submissions(place, lab, journal.unpacked)
    journal.note_left(place, taken.left, taken.junk)
    print_left(taken.left, taken.junk)
    return taken.submissions


def _lab_of_download(place: Path, labs: list[Lab], named: list[Lab]) -> Lab:
    """A download is of one assignment, and so of one lab, even if a student mixed up files."""
    if len(labs) == 1:
        return labs[0]
    if len(named) == 1:
        return named[0]
    says = "files of several labs are in it" if named else "no file in it has a lab's name"
    names = ", ".join(lab.id for lab in named or labs)
    raise NoSubmissions(f"Which lab is {place} for? Name it with --lab: {says} ({names}).")
