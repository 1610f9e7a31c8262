"""The author's commands."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from rich.console import Console

from nablab.course import Course, Lab, find_course, list_labs
from nablab.errors import CourseNotFound

console = Console(highlight=False)


def new(lab_id: str, course: Path | None) -> None:
    from nablab.release.new import new_lab

    for path in new_lab(_authored(course), lab_id):
        console.print(f"wrote {path}")


def build(name: str | None, course: Path | None) -> None:
    from nablab.release.write import build as build_lab

    found = _authored(course)
    for lab in _labs(found, name):
        console.print(f"built {build_lab(found, lab)}")


def verify(name: str | None, course: Path | None) -> None:
    from nablab.release.verify import verify_lab

    found = _authored(course)
    holds = True
    for lab in _labs(found, name):
        proof = verify_lab(found, lab, grade_notebooks)
        console.print(proof.text())
        holds = holds and proof.holds
    if not holds:
        raise SystemExit(1)


def grade_notebooks(
    course: Course, lab: Lab, notebooks: list[tuple[str, dict]]
) -> dict[str, tuple[float, list[str]]]:
    """Grade notebooks in the jail, as submissions are: {name: (points, what failed)}."""
    from nablab.grading.records import Submission, failures
    from nablab.grading.runners import grade_in_one_process

    with tempfile.TemporaryDirectory() as place:
        submissions = []
        for name, notebook in notebooks:
            path = Path(place, f"{name}.ipynb")
            path.write_text(json.dumps(notebook), encoding="utf-8")
            submissions.append(Submission(name, lab.id, path))
        released = course.lab(lab.id)
        return {
            graded.submission.student: (
                graded.points,
                [
                    *graded.notes,
                    *(
                        f"{score.exercise} {outcome.name}: {outcome.says}"
                        for score in graded.exercises
                        for outcome in failures(score.run.outcomes)
                    ),
                ],
            )
            for graded in grade_in_one_process(submissions, course, released)
        }


def _authored(course: Path | None) -> Course:
    found = find_course(course)
    if not found.solutions.is_dir():
        raise CourseNotFound(
            f"{found.root} has no solutions: labs are written in an author's checkout; "
            "name it with --course."
        )
    return found


def _labs(course: Course, name: str | None) -> list[Lab]:
    return [course.authored_lab(name)] if name else list_labs(course.solutions)
