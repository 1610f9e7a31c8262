"""Made-up classes with scores known in advance, for the demo, tests and benchmarks.

A lab's `submissions.py`, beside its suite, lists `SAMPLES`: who hands in what, and which checks
must fail. The scores follow from the list, so an error of the grader is noticed.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from nablab.authored.answers import Answers
from nablab.authored.stamp import stamp
from nablab.checking.load import SUBMISSIONS, SUITE, LabCode
from nablab.checking.mark import Check
from nablab.checking.runner import FAILED, PASSED, Outcome
from nablab.course import Course, Lab, find_course
from nablab.grading.judge.score import score
from nablab.grading.records import GRADED, ExerciseRun

IGNORED = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "progress.json")


@dataclass(frozen=True)
class AllBut:
    """Every check of an exercise fails except these."""

    names: tuple[str, ...]

    def __init__(self, *names: str):
        object.__setattr__(self, "names", names)


ALL = AllBut()


@dataclass(frozen=True)
class Sample:
    """One student's submission, and its expected result. It is the solved lab, or the stub, with
    some cells replaced, and then perhaps damaged."""

    student: str
    says: str  # what is special about it
    answers: Mapping[str, str] = field(default_factory=dict)  # exercise -> its cell's source
    stub: bool = False  # the released notebook, in which every exercise without an answer fails
    endless: bool = False  # a call runs until it is stopped
    damage: Callable[[dict[str, Any]], dict[str, Any] | str] | None = None
    fails: Mapping[str, AllBut] = field(default_factory=dict)  # exercise -> its failing checks
    state: str = GRADED
    points: float = 0.0  # computed from `fails`


def samples_of(course: Course, lab: Lab) -> list[Sample]:
    """A lab's samples, with the points that each must earn."""
    answers = Answers(course, course.authored_lab(lab.id))
    samples = (_with_unwritten(s, lab) for s in answers.code.module(SUITE, SUBMISSIONS).SAMPLES)
    return [replace(sample, points=predicted(sample, answers)) for sample in samples]


def _with_unwritten(sample: Sample, lab: Lab) -> Sample:
    if not sample.stub:
        return sample
    unwritten = {one.id: ALL for one in lab.exercises if one.id not in sample.answers}
    return replace(sample, fails={**unwritten, **sample.fails})


def answered_together(code: LabCode) -> list[tuple[str, ...]]:
    """Groups of exercises with answers that only fit each other: `TOGETHER` in `submissions.py`."""
    return getattr(code.module(SUITE, SUBMISSIONS), "TOGETHER", [])


def class_of(course: Course, lab: Lab, count: int, seed: int = 0) -> list[Sample]:
    """A class of `count`: the lab's samples and, if there are fewer, students combined from them.
    For every exercise, a combined student has the reference's answer, a sample's answer or none, so
    the points follow from the samples' expected checks. Exercises listed in `TOGETHER`, with
    answers that only fit each other, are taken from one sample."""
    samples = samples_of(course, lab)
    answers = Answers(course, course.authored_lab(lab.id))
    together = answered_together(answers.code)
    apart = {exercise.id for exercise in lab.exercises}.difference(*together)
    groups = [*together, *((exercise_id,) for exercise_id in sorted(apart))]
    givers = [s for s in samples if s.state == GRADED and not s.stub and s.damage is None]
    rng = np.random.default_rng(seed)
    for number in range(len(samples) + 1, count + 1):
        chosen: dict[str, str] = {}
        fails: dict[str, AllBut] = {}
        endless = False
        for group in groups:
            options = [giver for giver in givers if set(group) & set(giver.answers)]
            if rng.random() < 0.08:
                chosen |= dict.fromkeys(group, UNWRITTEN)
                fails |= dict.fromkeys(group, ALL)
            elif options and rng.random() < 0.4:  # else the reference's answer
                giver = options[int(rng.integers(len(options)))]
                chosen |= {name: giver.answers[name] for name in group if name in giver.answers}
                fails |= {name: giver.fails[name] for name in group if name in giver.fails}
                endless |= giver.endless
        made = Sample(
            f"student{number:02d}",
            "made of the others",
            chosen,
            damage=HARMLESS[number % len(HARMLESS)],
            fails=fails,
            endless=endless,
        )
        samples.append(replace(made, points=predicted(made, answers)))
    return samples[:count]


UNWRITTEN = "raise NotImplementedError()"


def windows_line_ends(notebook: dict[str, Any]) -> str:
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")
    return json.dumps(notebook, indent=1).replace("\n", "\r\n")


def with_notes(notebook: dict[str, Any]) -> dict[str, Any]:
    """Adds a cell before the first exercise, and one in French at the end."""
    note = {"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": []}
    notebook["cells"].insert(2, {**note, "id": "note-1", "source": "x = 3  # my own\nprint(x)"})
    notebook["cells"].append({**note, "id": "note-2", "source": "# déjà vu, voilà ∂L/∂w"})
    return notebook


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    for cell in notebook["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
    notebook.get("metadata", {}).clear()
    return notebook


def doubled(exercise_id: str, first_try: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An exercise's cell twice: a wrong try first, and the right answer below it."""

    def twice(notebook: dict[str, Any]) -> dict[str, Any]:
        cells = notebook["cells"]
        name = f"ex-{exercise_id.replace('.', '-')}"
        place = next(index for index, cell in enumerate(cells) if cell["id"] == name)
        cells.insert(place, {**copy.deepcopy(cells[place]), "source": first_try})
        return notebook

    return twice


def cut_off(notebook: dict[str, Any]) -> str:
    """A file that is cut off."""
    text = json.dumps(notebook, indent=1)
    return text[: 2 * len(text) // 3]


HARMLESS = (None, windows_line_ends, None, with_notes, None, without_outputs)
"""Changes that happen to files on the way and must not cost any points."""


def predicted(sample: Sample, answers: Answers) -> float:
    """The points of a sample, computed from the checks that it must fail."""
    if sample.state != GRADED:
        return 0.0
    total = 0.0
    for exercise in answers.lab.exercises:
        fails = sample.fails.get(exercise.id)
        checks = [(check, False) for check in answers.visible] + [
            (check, True) for check in answers.hidden
        ]
        outcomes = tuple(
            _outcome(check, hidden, fails)
            for check, hidden in checks
            if check.exercise == exercise.id
        )
        unknown = set(fails.names if fails else ()) - {outcome.name for outcome in outcomes}
        assert not unknown, f"{sample.student}: {exercise.id} has no checks {unknown}"
        total += score(answers.lab, exercise, ExerciseRun(exercise.id, outcomes), 1.0).points
    return round(total, 2)


def _outcome(check: Check, hidden: bool, fails: AllBut | None) -> Outcome:
    state = PASSED if fails is None or check.name in fails.names else FAILED
    return Outcome(check.name, check.title, check.stage, state, hidden)


def notebook_of(sample: Sample, course: Course, lab: Lab) -> str:
    """The text of a sample's file."""
    if sample.stub:
        notebook = json.loads(lab.notebook.read_text(encoding="utf-8"))
    else:
        authored = course.authored_lab(lab.id)
        notebook = stamp(authored, Answers(course, authored).cells)
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    for exercise_id, source in sample.answers.items():
        cells[lab.exercise(exercise_id).solution_cell]["source"] = source
    damaged = sample.damage(notebook) if sample.damage else notebook
    return damaged if isinstance(damaged, str) else json.dumps(damaged, indent=1)


def hand_in(samples: list[Sample], course: Course, lab: Lab, folder: Path) -> None:
    """Write samples as nbgrader collects them: STUDENT/LAB/LAB.ipynb."""
    for sample in samples:
        path = folder / sample.student / lab.id / f"{lab.id}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook_of(sample, course, lab), encoding="utf-8")


def copy_course(origin: Course, folder: Path) -> Course:
    """A copy of a course in a folder: solutions, suites and labs, without submissions."""
    for part in ("solutions", "grader", "labs"):
        shutil.copytree(origin.root / part, folder / part, ignore=IGNORED, dirs_exist_ok=True)
    return find_course(folder)


def make_course(
    origin: Course, folder: Path, lab_id: str = "1", count: int | None = None
) -> tuple[Course, list[Sample]]:
    """A copy of a course with one lab's samples, or a class of `count`, handed in."""
    course = copy_course(origin, folder)
    lab = course.lab(lab_id)
    samples = class_of(course, lab, count) if count else samples_of(course, lab)
    hand_in(samples, course, lab, folder / "submitted")
    return course, samples
