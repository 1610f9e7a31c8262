"""The author's commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from nablab.cli.terminal import console
from nablab.course import Course, Exercise, Lab, find_course, list_labs
from nablab.errors import CourseNotFound, NablabError
from nablab.escaping import clean


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
    """Runs until JupyterLab is closed, or forever without it."""
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
        if jupyter is not None and jupyter.returncode:
            raise NablabError(
                f"JupyterLab ended with exit code {jupyter.returncode}; its own messages above say "
                "why. `--no-browser` builds on saving without it."
            )
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


def verify(name: str | None, course: Path | None, run: bool, seeds: int, all_anew: bool) -> None:
    from nablab.release.run import run_notebook
    from nablab.release.verify import table, verify_exercise, verify_lab

    found = _authored(course)
    if name is not None and (lab_and_exercise := _exercise_named(name, found)):
        proofs = [verify_exercise(found, *lab_and_exercise, seeds)]
        for card in proofs[0].cards:
            print(clean(card, 1 << 16), end="\n\n")
        console.print(proofs[0].text())
    else:
        proofs = []
        for lab in _labs(found, name):
            proofs.append(
                verify_lab(
                    found,
                    lab,
                    grade_notebooks,
                    sample_notebooks,
                    run_notebook if run else None,
                    seeds=seeds,
                    recorded=not all_anew,
                    write=True,
                    workers=os.cpu_count() or 1,
                )
            )
            console.print(proofs[-1].text())
    if len(proofs) > 1:
        console.print()
        for line in table(proofs):
            console.print(line, soft_wrap=True)
    if not all(proof.holds for proof in proofs):
        raise SystemExit(1)


def _exercise_named(name: str, course: Course) -> tuple[Lab, Exercise] | None:
    """`1.2`, `1.correlate_valid` or `filters.correlate_valid`: a lab and one of its exercises."""
    lab_name, dot, exercise = name.partition(".")
    if not dot:
        return None
    lab = course.authored_lab(lab_name)
    return lab, lab.exercise(f"{lab.number}.{exercise}" if exercise.isdecimal() else exercise)


def sample_notebooks(course: Course, lab: Lab) -> list[tuple[str, str, float]]:
    """A lab's sample class: the name, the file and the predicted points of each."""
    from nablab.grading.samples import notebook_of, samples_of

    return [
        (sample.student, notebook_of(sample, course, lab), sample.points)
        for sample in samples_of(course, lab)
    ]


def grade_notebooks(
    course: Course, lab: Lab, notebooks: list[tuple[str, str]]
) -> dict[str, tuple[float, list[str]]]:
    """Grade notebooks in the jail, as submissions are graded: {name: (points, failures)}."""
    from nablab.grading.records import Submission, failures
    from nablab.grading.run.runners import grade_in_one_process

    with tempfile.TemporaryDirectory() as place:
        submissions = []
        for name, text in notebooks:
            path = Path(place, f"{name}.ipynb")
            path.write_text(text, encoding="utf-8")
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
            f"{found.root} has no solutions. Labs are written in an author's checkout: "
            "name it with --course."
        )
    return found


def _labs(course: Course, name: str | None) -> list[Lab]:
    return [course.authored_lab(name)] if name else list_labs(course.solutions)
