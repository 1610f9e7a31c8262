"""Where a course is on disk, and the records that describe its labs.

A lab is a folder `labNN_topic` with a `lab.toml`; there is no list of labs to keep. An author's
checkout holds each lab twice: the author's version in `solutions/`, the students' in `labs/`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from nablab.errors import BadLab, CourseNotFound, LabNotFound
from nablab.lab_keys import check_keys, did_you_mean
from nablab.numbering import numbered

EXERCISE_NAME = re.compile(r"[a-z][a-z0-9_]*")
DIFFICULTIES = ("easy", "medium", "hard")
PROVIDED_NAME = re.compile(r"(\w+)(?:\((.*)\))?")


@dataclass(frozen=True)
class Limits:
    """What one submission's code may use. Times are seconds of CPU time, summed over all its
    processes; sleeping and waiting count one third. The load of other programs does not count."""

    cell_s: float = 10.0  # running one of the student's cells
    call_s: float = 10.0  # one call of the student's code
    test_s: float = 30.0  # all calls of one test
    submission_s: float = 900.0  # everything: checks that have not run by then are not passed
    memory_mb: int = 1024  # on top of what the warm worker already holds
    processes: int = 32
    file_mb: int = 32  # size of any one file written
    message_mb: int = 64  # one value on its way across the trust boundary


@dataclass(frozen=True)
class Predict:
    """The question that a student answers before running a cell: recorded, without points."""

    question: str
    options: Mapping[str, str]
    answer: str
    why: str


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lab, as its `lab.toml` describes it."""

    id: str  # "1.2"
    name: str  # "correlate_valid": its cell and its check files are named after it
    title: str
    points: float
    provides: tuple[str, ...]  # names that the solution cell defines: functions first
    signatures: Mapping[str, tuple[str, ...]]  # function name -> its parameters' names
    uses: tuple[str, ...] = ()  # ids of the exercises whose functions it builds on
    hints: tuple[str, ...] = ()
    forbid: tuple[str, ...] = ()
    visible_lets_through: Mapping[str, str] = field(default_factory=dict)  # mutant -> why
    predict: Predict | None = None
    trains: bool = False  # its checks train a model and are proven on one seed
    minutes: int = 0  # that it takes a student; 0 if the lab does not say
    difficulty: str = ""  # one of DIFFICULTIES

    @property
    def slug(self) -> str:
        """The id in a form that file names, cell ids and nbgrader's ids allow: `1-2`."""
        return self.id.replace(".", "-")

    @property
    def solution_cell(self) -> str:
        return f"ex-{self.slug}"

    @property
    def grade_cell(self) -> str:
        return f"check-{self.slug}"

    @property
    def predict_cell(self) -> str:
        return f"predict-{self.slug}"


@dataclass(frozen=True)
class Lab:
    """One lab: its folder and what its `lab.toml` says."""

    id: str
    folder: Path
    title: str
    summary: str
    minutes: int
    exercises: tuple[Exercise, ...]
    preload: tuple[str, ...] = ("numpy",)  # modules that the warm worker imports
    visible_share: float = 0.6
    limits: Limits = field(default_factory=Limits)

    @property
    def number(self) -> int:
        return int(self.id[3:5])

    @property
    def points(self) -> float:
        return sum(exercise.points for exercise in self.exercises)

    @property
    def notebook(self) -> Path:
        """The released notebook in `labs/`. An authored lab has a `lab.py` instead."""
        return self.folder / f"{self.id}.ipynb"

    @cached_property
    def by_id(self) -> dict[str, Exercise]:
        return {exercise.id: exercise for exercise in self.exercises}

    @cached_property
    def by_name(self) -> dict[str, Exercise]:
        return {exercise.name: exercise for exercise in self.exercises}

    def built_on(self, exercise: Exercise) -> set[str]:
        """The ids of the exercises that this one builds on, directly or through others."""
        found: set[str] = set()
        waiting = list(exercise.uses)
        while waiting:
            found.add(used := waiting.pop())
            waiting += set(self.exercise(used).uses) - found
        return found

    def exercise(self, name: str) -> Exercise:
        """The exercise with this id, `1.2`, or this name, `correlate_valid`."""
        found = self.by_id.get(name) or self.by_name.get(name)
        if found is None:
            known = ", ".join(self.by_id)
            raise LabNotFound(f"{self.title} has no exercise {name!r}: its exercises are {known}.")
        return found


@dataclass(frozen=True)
class Course:
    """A folder that holds labs. Only an author's checkout has `solutions` and `grader`."""

    root: Path
    id: str = "nablab"  # the gradebook's name for it
    title: str = "nablab"
    follow_through: float = 1.0  # share of the points if only an earlier exercise is wrong

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def grader(self) -> Path:
        return self.root / "grader"

    @property
    def released(self) -> Path:
        """The labs as students get them."""
        if (self.root / "labs").is_dir():
            return self.root / "labs"
        return self.root

    def suite(self, lab_id: str) -> Path:
        return self.grader / "suites" / lab_id

    def lab(self, name: str) -> Lab:
        """The released lab called `lab01_filters`, `lab01`, `filters`, `1` or `01`."""
        return _pick(self.released, name)

    def authored_lab(self, name: str) -> Lab:
        """The author's version of the same lab, in `solutions/`."""
        return _pick(self.solutions, name)


def list_labs(folder: Path) -> list[Lab]:
    """The labs in `folder`, in order of their numbers."""
    return [read_lab(path.parent) for path in sorted(folder.glob("lab[0-9][0-9]_*/lab.toml"))]


def _pick(folder: Path, name: str) -> Lab:
    labs = sorted(path.parent for path in folder.glob("lab[0-9][0-9]_*/lab.toml"))
    wanted = f"lab{int(name):02d}" if name.isdecimal() else name
    found = [
        path
        for path in labs
        if wanted in (path.name, path.name[6:]) or path.name.startswith(f"{wanted}_")
    ]
    if len(found) != 1:
        known = ", ".join(path.name for path in labs) or "none"
        raise LabNotFound(f"No lab {name!r} in {folder}: the labs there are {known}.")
    return read_lab(found[0])


def read_lab(folder: Path) -> Lab:
    """Read a lab's `lab.toml`; raises `BadLab` with the key at fault."""
    path = folder / "lab.toml"
    try:
        table = tomllib.loads(numbered(path.read_text(encoding="utf-8"), folder))
    except tomllib.TOMLDecodeError as error:
        raise BadLab(f"{path} is not valid TOML: {error}.") from None
    check_keys(table, path, [limit.name for limit in fields(Limits)])
    number = int(folder.name[3:5])
    names = [item["name"] for item in table["exercise"]]
    ids = {name: f"{number}.{place}" for place, name in enumerate(names, 1)}
    if len(ids) < len(names):
        doubled = next(name for name in names if names.count(name) > 1)
        raise BadLab(f"{path}: two exercises have the name {doubled}.")
    return Lab(
        id=folder.name,
        folder=folder,
        title=table["title"],
        summary=table["summary"],
        minutes=table["minutes"],
        exercises=tuple(_exercise(item, ids, path) for item in table["exercise"]),
        preload=tuple(table.get("preload", ("numpy",))),
        visible_share=table.get("visible_share", 0.6),
        limits=Limits(**table.get("limits", {})),
    )


def _exercise(table: dict[str, Any], ids: Mapping[str, str], path: Path) -> Exercise:
    name = table["name"]
    if not EXERCISE_NAME.fullmatch(name):
        raise BadLab(f"{path}: the name {name!r} may have only lower-case letters, digits and _.")
    names, signatures = [], {}
    for provided in table["provides"]:
        match = PROVIDED_NAME.fullmatch(provided)
        if not match:
            raise BadLab(
                f"{path}: {name} provides {provided!r}, which should read `name` or "
                "`name(arg, arg)`."
            )
        names.append(match[1])
        if match[2] is not None:
            params = (param.split("=")[0].strip() for param in match[2].split(","))
            signatures[match[1]] = tuple(param for param in params if param)
    for used in table.get("uses", ()):
        if used not in ids:
            raise BadLab(
                f"{path}: {name} uses {used!r}, which is not an exercise{did_you_mean(used, ids)}"
            )
    difficulty = table.get("difficulty", "")
    if difficulty and difficulty not in DIFFICULTIES:
        raise BadLab(
            f"{path}: the difficulty of {name} is {difficulty!r}; expected one of "
            f"{', '.join(DIFFICULTIES)}."
        )
    predict = table.get("predict")
    return Exercise(
        id=ids[name],
        name=name,
        title=table["title"],
        points=table["points"],
        provides=tuple(names),
        signatures=signatures,
        uses=tuple(ids[used] for used in table.get("uses", ())),
        hints=tuple(table.get("hints", ())),
        forbid=tuple(table.get("forbid", ())),
        visible_lets_through=table.get("visible_lets_through", {}),
        predict=Predict(**predict) if predict else None,
        trains=table.get("trains", False),
        minutes=table.get("minutes", 0),
        difficulty=difficulty,
    )


def find_course(given: Path | None = None) -> Course:
    """The course at `given`. Without `given`, the first one found in: the working folder and the
    folders above it, the labs packaged with nablab, the checkout around this file."""
    here = Path.cwd()
    package = Path(__file__).resolve().parent
    if given is not None:
        places = [given.expanduser().resolve()]
    else:
        places = [here, *here.parents, package / "_labs", package.parent.parent]
    for place in places:
        if _is_course(place) or (place.name == "_labs" and _holds_labs(place)):
            return _course(place)
    looked = ", ".join(str(place) for place in dict.fromkeys(places))
    raise CourseNotFound(
        f"No course found: looked in {looked}. Name its folder with --course; "
        "a course holds labs/labNN_topic/lab.toml."
    )


def _is_course(place: Path) -> bool:
    """A folder of started labs is not a course: a course keeps its labs in `labs/`."""
    return _holds_labs(place / "labs") or (place / "solutions" / "course.toml").is_file()


def _holds_labs(folder: Path) -> bool:
    return next(folder.glob("lab[0-9][0-9]_*/lab.toml"), None) is not None


def _course(root: Path) -> Course:
    path = root / "solutions" / "course.toml"
    if not path.is_file():
        return Course(root)
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Course(
        root, id=table["id"], title=table["title"], follow_through=table.get("follow_through", 1.0)
    )
