"""The author's commands."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nablab.cli.terminal import console
from nablab.course import Course, Lab, find_course, list_labs
from nablab.errors import CourseNotFound, NablabError

if TYPE_CHECKING:
    from nablab.release.verify import Proof


def new(lab_id: str, course: Path | None) -> None:
    from nablab.release.new import new_lab

    for path in new_lab(_authored(course), lab_id):
        console.print(f"wrote {path}")


def new_exercise(lab: str, name: str, course: Path | None) -> None:
    from nablab.release.new import new_exercise as write_exercise

    found = _authored(course)
    for path in write_exercise(found, found.authored_lab(lab), name):
        console.print(f"wrote {path}")


def preview(name: str, solved: bool, browser: bool, course: Path | None) -> None:
    """Until JupyterLab is closed, or for ever without it."""
    from nablab.release.preview import build_preview, rebuild_on_saving

    found = _authored(course)
    notebook = build_preview(found, name, solved)
    console.print(f"built {notebook}")
    command = [sys.executable, "-m", "jupyterlab", str(notebook)]
    jupyter = subprocess.Popen(command, cwd=notebook.parent) if browser else None
    try:
        for built in rebuild_on_saving(
            found, name, solved, lambda: jupyter is None or jupyter.poll() is None
        ):
            if isinstance(built, NablabError):
                console.print(f"not built: {built}")
            else:
                console.print("built again: in JupyterLab, File, Reload Notebook from Disk")
    except KeyboardInterrupt:
        pass
    finally:
        if jupyter is not None:
            jupyter.terminate()
            jupyter.wait()


def build(name: str | None, course: Path | None) -> None:
    from nablab.release.write import build as build_lab

    found = _authored(course)
    for lab in _labs(found, name):
        console.print(f"built {build_lab(found, lab)}")


def verify(name: str | None, course: Path | None, run: bool, seeds: int) -> None:
    from nablab.release.run import run_notebook
    from nablab.release.verify import verify_lab

    found = _authored(course)
    proofs = []
    for lab in _labs(found, name):
        runner = run_notebook if run else None
        proofs.append(verify_lab(found, lab, grade_notebooks, runner, seeds))
        console.print(proofs[-1].text())
    if len(proofs) > 1:
        _print_table(proofs)
    if not all(proof.holds for proof in proofs):
        raise SystemExit(1)


def _print_table(proofs: list[Proof]) -> None:
    """One line for every lab, in Markdown, as the README has it."""
    names = list(dict.fromkeys(name for proof in proofs for name in proof.row))
    console.print(f"\n| lab | {' | '.join(names)} |", soft_wrap=True)
    console.print(f"|---|{'---:|' * len(names)}", soft_wrap=True)
    for proof in proofs:
        cells = " | ".join(proof.row.get(name, "") for name in names)
        console.print(f"| {proof.lab.id} | {cells} |", soft_wrap=True)


def grade_notebooks(
    course: Course, lab: Lab, notebooks: list[tuple[str, dict[str, Any]]]
) -> dict[str, tuple[float, list[str]]]:
    """Grade notebooks in the jail, as submissions are: {name: (points, what failed)}."""
    from nablab.grading.records import Submission, failures
    from nablab.grading.run.runners import grade_in_one_process

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
