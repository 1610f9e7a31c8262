"""The student's commands."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from rich.table import Table

from nablab.cli.terminal import console
from nablab.course import Lab, find_course, list_labs, read_lab
from nablab.errors import CourseNotFound, LabNotFound, NablabError
from nablab.escaping import clean


def labs(course: Path | None) -> None:
    from nablab.notebook import Progress

    table = Table(box=None, pad_edge=False)
    for heading in ("Lab", "Title", "Time", "Exercises passing"):
        table.add_column(heading, overflow="fold")
    for lab in list_labs(find_course(course).released):
        own = _own_copy(lab.id)
        progress = Progress(own) if own else None
        done = f"{progress.done} of {len(lab.exercises)}" if progress else "not started"
        table.add_row(lab.id, lab.title, f"{lab.minutes} min", done)
    console.print(table)


def start(name: str, browser: bool, course: Path | None) -> None:
    lab = find_course(course).lab(name)
    target = Path.cwd() / lab.id
    if target.resolve() == lab.folder.resolve():
        raise LabNotFound(f"{target} is the course's own copy: go to your own folder first.")
    if target.exists():
        console.print(f"{lab.id} is already here; your work is kept.")
    else:
        shutil.copytree(
            lab.folder, target, ignore=shutil.ignore_patterns("__pycache__", "progress.json")
        )
        console.print(f"Copied {lab.id} to {target}.")
    notebook = f"{lab.id}/{lab.id}.ipynb"
    command = [sys.executable, "-m", "jupyterlab", notebook]
    if browser:
        raise SystemExit(subprocess.run(command, check=False).returncode)
    console.print(f"Open it with: jupyter lab {notebook}")


def check(name: str, exercise_id: str | None) -> None:
    """Run the notebook's cells as the grader does, and check what they define."""
    from nablab.cli.check import checked
    from nablab.notebook import progress_text

    lab = _started(name)
    exercises = [lab.exercise(exercise_id)] if exercise_id else list(lab.exercises)
    passed = True
    for card, notes in checked(lab, exercises, _released(lab).notebook):
        for note in notes:
            print(f"Note: {clean(note)}")
        print(card.text(), end="\n\n")
        passed = passed and card.first is None
    print(progress_text(lab))
    if not passed:
        raise SystemExit(1)


def hint(exercise_id: str) -> None:
    from nablab.notebook import next_hint

    number = exercise_id.partition(".")[0]
    try:
        lab = _started(number)
    except LabNotFound:
        lab = find_course().lab(number)
    console.print(next_hint(lab, lab.exercise(exercise_id)))


def pack(name: str) -> None:
    """Write the notebook without outputs: they may be large, and the grader does not read them."""
    from nablab.cli.check import own_work
    from nablab.grading.intake.extract import released_notebook

    lab = _started(name)
    work = own_work(lab, released_notebook(_released(lab).notebook))
    notebook = json.loads(lab.notebook.read_text(encoding="utf-8-sig"))
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell.update(outputs=[], execution_count=None)
    target = Path.cwd() / "handin" / f"{lab.id}.ipynb"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for note in work.notes:
        console.print(f"Note: {note}")
    stub = released_notebook(_released(lab).notebook)
    untouched = [
        exercise.id
        for exercise in lab.exercises
        for cell in work.cells
        if cell.exercise == exercise.id
        and cell.source.strip() == stub.source(exercise.solution_cell).strip()
    ]
    if untouched:
        console.print(f"Not worked on yet: {', '.join(untouched)}.")
    console.print(f"Hand in this file: {target}")


def doctor(course: Path | None) -> None:
    """One line for each thing that a lab or grading needs."""
    table = Table(box=None, pad_edge=False, show_header=False)
    missing = 0

    def line(good: bool | None, what: str, says: str) -> None:
        nonlocal missing
        missing += good is False
        table.add_row({True: "ok", None: "--", False: "MISSING"}[good], what, says)

    line(True, "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    for package in ("nablab", "keras", "tensorflow", "numpy", "matplotlib", "jupyterlab"):
        version = _version(package)
        line(version is not None, package, version or f"install it with: pip install {package}")
    devices = _devices()
    line(
        devices is not None,
        "devices",
        devices or "Keras cannot be imported: run `python -c 'import keras'`",
    )
    try:
        found = find_course(course)
        line(True, "course", f"{found.root}, {len(list_labs(found.released))} labs")
    except CourseNotFound as error:
        line(False, "course", str(error))
    grader = _version("nbgrader")
    line(
        True if grader else None,
        "nbgrader",
        grader or "only needed to grade: pip install 'nablab[grader]'",
    )
    line(*_jail())
    console.print(table)
    if missing:
        raise SystemExit(1)


def _jail() -> tuple[bool | None, str, str]:
    from nablab.errors import NoJail
    from nablab.sandbox.cgroup import shares_cpu
    from nablab.sandbox.engine import choose

    shares = shares_cpu()
    memory = "limits on each process and a watch over all" if shares is None else "control groups"
    cpu = "control groups" if shares else "the scheduler's weights"
    try:
        works = f"{choose().name} works"
        return True, "jail", f"{works}; memory is bounded by {memory}, CPU is shared by {cpu}"
    except NoJail as error:
        return None, "jail", f"only needed to grade: {error}"


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _devices() -> str | None:
    """The devices that Keras's backend sees, asked in a separate process."""
    question = (
        "import keras; from keras import distribution as d; "
        "print(keras.backend.backend() + ': ' + ', '.join(d.list_devices() or ['cpu']))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", question],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return asked.stdout.strip().splitlines()[-1] if asked.returncode == 0 else None


def _own_copy(lab_id: str) -> Lab | None:
    """The student's copy of a lab: in this folder, or this folder itself."""
    here = Path.cwd()
    for place in (here / lab_id, here):
        if place.name == lab_id and (place / "lab.toml").is_file():
            return read_lab(place)
    return None


def _started(name: str) -> Lab:
    lab = find_course().lab(name)
    own = _own_copy(lab.id)
    if own is None:
        raise LabNotFound(
            f"There is no {lab.id} in this folder: run `nablab start {lab.number}` to copy it here."
        )
    if not own.notebook.is_file():
        raise LabNotFound(f"{own.folder} has no {own.notebook.name}: was it renamed?")
    return own


def _released(lab: Lab) -> Lab:
    """The course's copy of a started lab, which shows what cells were added, or the lab itself."""
    try:
        return find_course(Path(__file__).resolve().parents[3]).lab(lab.id)
    except NablabError:
        return lab
