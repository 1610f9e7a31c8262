"""The files of a new lab and of a new exercise: a working example, to be replaced by the real one.

The result can be built and proven at once, so an author starts from something that works.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from nablab.course import EXERCISE_NAME, Course, Lab
from nablab.errors import BadLab
from nablab.numbering import LAB_ID

FIRST = "rms"  # the first exercise of a new lab


def new_lab(course: Course, lab_id: str) -> list[Path]:
    """Write a new lab with one exercise into `solutions/` and `grader/suites/`; raises `BadLab` if
    the id is invalid or taken."""
    match = LAB_ID.fullmatch(lab_id)
    if not match:
        raise BadLab(f"{lab_id!r} is not a lab id: write labNN_topic, such as lab02_sizes.")
    taken = sorted(path.name for path in course.solutions.glob(f"lab{match[1]}_*"))
    if taken:
        raise BadLab(f"Lab {int(match[1])} already exists: {taken[0]}.")
    folder, suite = course.solutions / lab_id, course.suite(lab_id)
    written = [
        _write(folder / "lab.toml", _template("solutions/lab.toml")),
        _write(folder / "lab.py", _template("solutions/lab.py")),
        _write(suite / "submissions.py", _template("grader/submissions.py")),
    ]
    return [*written, *_write_exercise(folder, suite, FIRST, 1)[2:]]


def new_exercise(course: Course, lab: Lab, name: str) -> list[Path]:
    """Add an exercise to the end of an authored lab: to `lab.toml` and `lab.py`, and a file of
    checks in both folders. Returns the files that were written or changed; raises `BadLab` if the
    name is invalid or taken."""
    if not EXERCISE_NAME.fullmatch(name):
        raise BadLab(
            f"{name!r} is not a name for an exercise: use only lower-case letters, digits and _."
        )
    provided = {item for exercise in lab.exercises for item in exercise.provides}
    suite = course.suite(lab.id)
    taken = [path for path in (lab.folder / "checks" / f"{name}.py", suite / f"{name}.py")]
    if name in lab.by_name or name in provided or any(path.exists() for path in taken):
        raise BadLab(f"{lab.id} already has something called {name}: choose another name.")
    return _write_exercise(lab.folder, suite, name, len(lab.exercises) + 1)


def _write_exercise(folder: Path, suite: Path, name: str, place: int) -> list[Path]:
    def filled(template: str) -> str:
        text = _template(f"exercise/{template}")
        return text.replace("{NAME}", name).replace("{M}", str(place))

    return [
        _append(folder / "lab.toml", filled("lab.toml")),
        _append(folder / "lab.py", filled("lab.py")),
        _write(folder / "checks" / f"{name}.py", filled("checks.py")),
        _write(suite / f"{name}.py", filled("suite.py")),
    ]


def _template(name: str) -> str:
    return files("nablab.release").joinpath(f"template/{name}.txt").read_text(encoding="utf-8")


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _append(path: Path, text: str) -> Path:
    before = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(f"{before}\n{text}", encoding="utf-8")
    return path
