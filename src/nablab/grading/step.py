"""nbgrader's own autograde, in the jail: `grader/nbgrader_config.py` calls `configure`.

nbgrader executes a submission in the process that holds its tests. The step here replaces that: it
grades as `nablab grade` does, and writes the card and the points into the grade cells, where
nbgrader reads them. So `nbgrader autograde` and formgrader's button give the same scores.
"""

from __future__ import annotations

import atexit
import filecmp
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Unicode

from nablab.course import Course, Lab, find_course
from nablab.errors import NablabError
from nablab.escaping import clean
from nablab.grading.intake.archive import LINK
from nablab.grading.intake.extract import extract, released_notebook
from nablab.grading.intake.names import student_of, told
from nablab.grading.intake.submission import read
from nablab.grading.judge.lab_grader import LabGrader, course_secret, jail_for
from nablab.grading.judge.pipeline import grade_one
from nablab.grading.judge.suite import Suite, with_suite
from nablab.grading.pages.deliver import outputs, reassembled
from nablab.grading.pages.feedback import sections_of
from nablab.grading.pages.render import OnlyOurMarkup
from nablab.grading.records import GRADED, Graded, Submission
from nablab.sandbox.host import Jail

UNFIT = '<>"\\'  # not safe in nbgrader's pages, which do not escape ids

_jails: dict[str, Jail] = {}


def configure(config: Any, course_root: Path) -> None:
    """Set nbgrader up for a course: where its folders are, and how it autogrades."""
    course = find_course(course_root)
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = course.id
    config.CourseDirectory.source_directory = "build/source"
    config.GradeInJail.course_root = str(course.root)
    config.Reassemble.course_root = str(course.root)
    config.Autograde.sanitize_preprocessors = [Reassemble, CheckCellMetadata]
    config.Autograde.autograde_preprocessors = [
        GradeInJail,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.HTMLExporter.preprocessors = [OnlyOurMarkup]  # formgrader and generate_feedback
    config.OnlyOurMarkup.course_root = str(course.root)
    config.LimitOutput.max_lines = 100_000  # a card is one long line of HTML
    config.LimitOutput.max_traceback = 1000


class Reassemble(NbGraderPreprocessor):
    """Replaces nbgrader's repairs by the lab's notebook with the student's sources in it.

    At a duplicated cell, nbgrader's own repairs empty its metadata, then refuse it and stop the
    whole run.
    """

    course_root = Unicode("", help="the folder of the course").tag(config=True)

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        place = resources["nbgrader"]
        course = find_course(Path(self.course_root))
        lab = course.lab(place["assignment"])
        _refuse_unfit(place["student"])
        _remove_other_files(course.root / "autograded" / place["student"] / lab.id, lab)
        submission = _submitted(course, lab, place["student"])
        work = extract(read(submission), submission, lab, released_notebook(lab.notebook))
        clean = reassembled(Graded(submission, GRADED, lab.points, work=work), lab)
        return from_dict(clean), resources


class GradeInJail(NbGraderPreprocessor):
    """Replaces nbgrader's `Execute`."""

    course_root = Unicode("", help="the folder of the course").tag(config=True)

    def preprocess(self, notebook: Any, resources: Any) -> tuple[Any, Any]:
        place = resources["nbgrader"]
        course = find_course(Path(self.course_root))
        graded = grade_submitted(course, place["assignment"], place["student"])
        if graded.state != GRADED:
            raise NablabError(" ".join(graded.notes))
        lab = course.lab(place["assignment"])
        judged = {
            lab.exercise(section.score.exercise).grade_cell: section
            for section in sections_of(graded, lab)
        }
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if cell.cell_type == "code":
                cell.outputs = []
            if name in judged:
                cell.outputs = [from_dict(output) for output in outputs(judged[name])]
        return notebook, resources


def _refuse_unfit(student: str) -> None:
    """formgrader puts a student's id into its pages unescaped. Our ids never have such a character,
    but a folder that nbgrader itself collected may."""
    unfit = "".join(sorted({char for char in student if char in UNFIT or not char.isprintable()}))
    if unfit:
        raise NablabError(
            f"The folder {told(student)} has {clean(unfit)} in its name, which nbgrader's pages "
            "cannot show safely: rename it in submitted/ and autograde it again."
        )


def _remove_other_files(home: Path, lab: Lab) -> None:
    """Remove all files beside an autograded notebook except the lab's own. nbgrader copies every
    submitted file, and formgrader serves it as it is, so a student's HTML page would run there. The
    files stay in `submitted/`."""
    kept = {"timestamp.txt", f"{lab.id}.ipynb"}
    for path in sorted(home.rglob("*")):
        ours = lab.folder / path.relative_to(home)
        is_ours = ours.is_file() and filecmp.cmp(path, ours, shallow=False)
        if path.is_file() and path.name not in kept and not is_ours:
            path.unlink()


def grade_submitted(course: Course, lab_id: str, student: str) -> Graded:
    """Grade what a student submitted, from the submitted file itself."""
    lab = course.lab(lab_id)
    submission = _submitted(course, lab, student)
    course_secret(course)
    if lab.id not in _jails:
        _jails[lab.id] = jail_for(lab)
        _jails[lab.id].start()
        atexit.register(_jails[lab.id].stop)
    results: list[Graded] = []

    def body(suite: Suite) -> None:
        results.append(grade_one(submission, LabGrader(course, lab, suite, _jails[lab.id])))

    with_suite(course, lab, body)
    return results[0]


def _submitted(course: Course, lab: Lab, student: str) -> Submission:
    """The submission, named and read as in `nablab grade`, so that both draw the same inputs."""
    folder = course.root / "submitted" / student / lab.id
    link = any(path.is_symlink() for path in (folder, folder.parent))
    problem = f"{folder.name} of {student} is {LINK}." if link else ""
    name, _ = student_of(student)
    return Submission(name, lab.id, folder / f"{lab.id}.ipynb", problem=problem)
