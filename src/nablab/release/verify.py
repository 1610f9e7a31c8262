"""Proves a lab: `labs/` is what its sources build, nothing leaked, and its checks tell right from
wrong.

The reference and the unchanged stub go through the jail like any submission. Mutants and variants
are judged in this process, their values written down and read back as across the boundary.
"""

from __future__ import annotations

import filecmp
import json
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from nablab.authored.answers import Answers
from nablab.authored.read import BEGIN, ONE_LINE
from nablab.authored.stamp import stamp
from nablab.checking.fingerprint import FILE, alike, load
from nablab.checking.load import SUBMISSIONS, SUITE
from nablab.checking.mark import Alternative, Check
from nablab.checking.runner import PASSED, run_check
from nablab.course import Course, Exercise, Lab, read_lab
from nablab.release.write import build

SEEDS = 3  # draws of the inputs that the checks are proven on; one where an exercise trains
MUTANTS, VARIANTS, HINTS = 4, 3, 3  # at least, for each exercise
CELL_S, LAB_S = 60.0, 300.0  # what a solved notebook may take to run
STRAY = "notes_for_instructors.txt"


@dataclass
class Proof:
    """What was found out about a lab, line by line."""

    lab: Lab
    failures: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    row: dict[str, str] = field(default_factory=dict)  # the lab's line in the table of all labs

    @property
    def holds(self) -> bool:
        return not self.failures

    def text(self) -> str:
        lines = [f"{self.lab.id}: {'proven' if self.holds else 'NOT proven'}"]
        lines += [f"  {name:<12}{fact}" for name, fact in self.facts.items()]
        lines += [f"  WRONG       {failure}" for failure in self.failures]
        return "\n".join(lines)


# Notebooks by name -> the points of each, and what failed.
Judge = Callable[
    [Course, Lab, list[tuple[str, dict[str, Any]]]], dict[str, tuple[float, list[str]]]
]
# A lab and its solved notebook -> the seconds of each cell, by the cell's id.
Runner = Callable[[Lab, dict[str, Any]], dict[str, float]]


def verify_lab(
    course: Course,
    lab: Lab,
    judge: Judge | None = None,
    run: Runner | None = None,
    seeds: int = SEEDS,
    trained_variants: bool = True,
) -> Proof:
    """Every proof of one authored lab. `judge` grades notebooks in the jail, `run` runs one in a
    kernel and gives the seconds of every cell; the checks are proven on so many `seeds`. Without
    `trained_variants` those of exercises that train, which take minutes, are left out."""
    begun = time.monotonic()
    proof = Proof(lab)
    answers = Answers(course, lab)
    _complete(answers, proof)
    _current_and_leaks_nothing(answers, proof)
    if judge is not None:
        _graded_in_the_jail(answers, judge, proof)
    _mutants_are_caught(answers, proof, seeds)
    _variants_are_accepted(answers, proof, seeds, trained_variants)
    _neighbours_lose_nothing(answers, proof, trained_variants)
    _fingerprints_tell_apart(answers, proof)
    if run is not None:
        _runs_in_time(answers, run, proof)
    proof.facts["took"] = f"{time.monotonic() - begun:.1f} s"
    return proof


def _complete(answers: Answers, proof: Proof) -> None:
    """Every exercise has the checks, hints, mutants and variants that it needs."""
    lab = answers.lab
    for exercise in lab.exercises:
        visible = _of(answers.visible, exercise)
        hidden = _of(answers.hidden, exercise)
        names = [check.name for check in (*visible, *hidden)]
        for wanted, found in (("a visible check", visible), ("a hidden check", hidden)):
            if not found:
                proof.failures.append(f"{exercise.id} lacks {wanted}")
        if visible and visible[0].stage != "contract":
            proof.failures.append(
                f"{exercise.id}: its first visible check is not of stage contract"
            )
        if len(set(names)) != len(names):
            proof.failures.append(f"{exercise.id}: two checks have one name")
        for count, least, what in (
            (len(exercise.hints), HINTS, "hints"),
            (len(_of(answers.mutants, exercise)), MUTANTS, "mutants"),
            (len(_of(answers.variants, exercise)), VARIANTS, "variants"),
        ):
            if count < least:
                proof.failures.append(f"{exercise.id} has {count} {what}, and {least} are needed")
        if exercise.predict and exercise.predict.answer not in exercise.predict.options:
            proof.failures.append(
                f"{exercise.id}: the answer to its prediction is none of the options"
            )
    proof.facts["exercises"] = f"{len(lab.exercises)}, {lab.points:g} points, {lab.minutes} minutes"
    proof.facts["checks"] = f"{len(answers.visible)} visible, {len(answers.hidden)} hidden"
    proof.row["exercises"] = str(len(lab.exercises))
    proof.row["checks, visible + hidden"] = f"{len(answers.visible)} + {len(answers.hidden)}"


def _current_and_leaks_nothing(answers: Answers, proof: Proof) -> None:
    """Plant a secret in every solution and a file beside them, and build. What comes of it is
    `labs/`, byte for byte, so two builds give the same; and in it is no trace of either, nor of the
    hidden suite's names."""
    course, lab = answers.course, answers.lab
    secret = f"planted_{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        shutil.copytree(course.solutions, root / "solutions")
        shutil.copytree(course.grader / "suites", root / "grader" / "suites")
        source = root / "solutions" / lab.id / "lab.py"
        source.write_text(
            _with_secret(source.read_text(encoding="utf-8"), secret), encoding="utf-8"
        )
        (root / "solutions" / lab.id / STRAY).write_text(secret)
        released = course.root / "labs" / lab.id
        if (released / FILE).is_file():
            shutil.copytree(released, root / "labs" / lab.id, dirs_exist_ok=True)
        fresh = build(Course(root), read_lab(root / "solutions" / lab.id))
        hidden = {check.name for check in answers.hidden}
        leaks = [
            f"the release leaks {needle} in {path.relative_to(fresh)}"
            for path in sorted(fresh.rglob("*"))
            for needle in (secret, BEGIN, ONE_LINE, STRAY, *hidden)
            if needle in path.name or (path.is_file() and needle.encode() in path.read_bytes())
        ]
        stale = ", ".join(_differences(fresh, released)) if released.is_dir() else None
        if stale is None:
            proof.failures.append(f"{released} is missing: run `nablab author build`")
        elif not stale:
            proof.facts["released"] = "current, byte for byte"
        elif not leaks:
            proof.failures.append(
                f"labs/{lab.id} is not what the sources build ({stale}): run `nablab author build`"
            )
    proof.failures += leaks
    proof.facts["leaks"] = f"{len(leaks)} found" if leaks else "none found"


def _with_secret(source: str, secret: str) -> str:
    """A secret as the first line of every solution region, and in every one-line solution."""
    lines = []
    for line in source.splitlines():
        if ONE_LINE in line and BEGIN not in line:
            line = line.replace(f"  {ONE_LINE}", f" if '{secret}' else ''  {ONE_LINE}", 1)
        lines.append(line)
        if line.strip() == BEGIN:
            lines.append(f"{line[: len(line) - len(line.lstrip())]}'{secret}'")
    return "\n".join(lines) + "\n"


def _graded_in_the_jail(answers: Answers, judge: Judge, proof: Proof) -> None:
    """The reference earns every point, the unchanged stub none, by the grader itself."""
    lab = answers.lab
    stub_path = answers.course.root / "labs" / lab.id / f"{lab.id}.ipynb"
    if not stub_path.is_file():
        return
    stub = json.loads(stub_path.read_text(encoding="utf-8"))
    points = judge(answers.course, lab, [("reference", stamp(lab, answers.cells)), ("stub", stub)])
    for name, wanted in (("reference", lab.points), ("stub", 0.0)):
        earned, notes = points[name]
        proof.facts[name] = f"{earned:g} of {lab.points:g} points, in the jail"
        if abs(earned - wanted) > 0.005:
            proof.failures.append(
                f"the {name} earns {earned:g} points, not {wanted:g}: {'; '.join(notes)}"
            )


def _mutants_are_caught(answers: Answers, proof: Proof, seeds: int) -> None:
    by_visible = by_hidden = 0
    for mutant in answers.mutants:
        exercise = answers.lab.exercise(mutant.exercise)
        seen, hidden = (
            all(
                any(_failing(answers, mutant, _of(checks, exercise), seed))
                for seed in _draws(exercise, seeds)
            )
            for checks in (answers.visible, answers.hidden)
        )
        by_visible, by_hidden = by_visible + seen, by_hidden + hidden
        if not hidden:
            proof.failures.append(
                f"{exercise.id}: the hidden suite misses the mutant {mutant.name}"
            )
        if not seen and mutant.name not in exercise.visible_lets_through:
            proof.failures.append(
                f"{exercise.id}: the visible checks miss the mutant {mutant.name}, "
                "and visible_lets_through does not say why"
            )
    total = len(answers.mutants)
    proof.facts["mutants"] = (
        f"{total}: {by_visible} caught by visible checks, {by_hidden} by hidden ones"
    )
    proof.row["mutants"] = str(total)
    proof.row["caught by visible"] = str(by_visible)
    proof.row["caught by hidden"] = str(by_hidden)


def _variants_are_accepted(answers: Answers, proof: Proof, seeds: int, trained: bool) -> None:
    accepted = 0
    variants = [
        variant
        for variant in answers.variants
        if trained or not answers.lab.exercise(variant.exercise).trains
    ]
    for variant in variants:
        exercise = answers.lab.exercise(variant.exercise)
        checks = [*_of(answers.visible, exercise), *_of(answers.hidden, exercise)]
        failing = sorted(
            {
                name
                for seed in _draws(exercise, seeds)
                for name in _failing(answers, variant, checks, seed)
            }
        )
        accepted += not failing
        if failing:
            proof.failures.append(
                f"{exercise.id}: the right answer {variant.name} fails {', '.join(failing)}"
            )
    proof.facts["variants"] = f"{accepted} of {len(variants)} accepted"
    proof.row["variants accepted"] = f"{accepted} of {len(variants)}"


def _neighbours_lose_nothing(answers: Answers, proof: Proof, trained: bool) -> None:
    """With a right answer to one exercise in place of the reference's, those that build on it still
    earn every point; but for exercises whose answers fit only each other."""
    together = getattr(answers.code.module(SUITE, SUBMISSIONS), "TOGETHER", ())
    for variant, exercise in product(answers.variants, answers.lab.exercises):
        pair = {variant.exercise, exercise.id}
        if (
            variant.exercise not in _built_on(answers.lab, exercise)
            or any(pair <= set(group) for group in together)
            or (exercise.trains and not trained)
        ):
            continue
        student = answers.student(exercise.id, variant)
        checks = [*_of(answers.visible, exercise), *_of(answers.hidden, exercise)]
        lost = [c.name for c in checks if run_check(c, student, "seed 0").state != PASSED]
        if lost:
            proof.failures.append(
                f"{exercise.id}: the right answer {variant.name} to {variant.exercise} costs it "
                f"{', '.join(lost)}"
            )


def _built_on(lab: Lab, exercise: Exercise) -> set[str]:
    """The exercises that this one builds on, directly or through others."""
    found, waiting = set(), list(exercise.uses)
    while waiting:
        found.add(used := waiting.pop())
        waiting += set(lab.exercise(used).uses) - found
    return found


def _fingerprints_tell_apart(answers: Answers, proof: Proof) -> None:
    """On its exercise's probes every mutant differs from the reference and from other mutants."""
    released = answers.course.root / "labs" / answers.lab.id
    prints = load(read_lab(released)) if (released / FILE).is_file() else {}
    for exercise_id, entry in prints.items():
        if not entry.probes:
            continue  # a trained result: nothing to compare
        for number, (name, _, values) in enumerate(entry.mutants):
            if alike(values, entry.reference):
                proof.failures.append(f"{exercise_id}: no probe tells {name} from the reference")
            for other, _, theirs in entry.mutants[number + 1 :]:
                if alike(values, theirs):
                    proof.failures.append(f"{exercise_id}: no probe tells {name} from {other}")


def _failing(
    answers: Answers, alternative: Alternative, checks: list[Check], seed: str
) -> Iterator[str]:
    """The names of the checks that fail, one after another: a mutant is caught by the first."""
    student = answers.student(alternative.exercise, alternative)
    return (check.name for check in checks if run_check(check, student, seed).state != PASSED)


def _runs_in_time(answers: Answers, run: Runner, proof: Proof) -> None:
    """The solved notebook runs from top to bottom, no cell for more than a minute."""
    seconds = run(answers.course.lab(answers.lab.id), stamp(answers.lab, answers.cells))
    slowest = max(seconds, key=seconds.__getitem__)
    total = sum(seconds.values())
    proof.facts["run"] = f"{total:.0f} s; the slowest cell, {slowest}, {seconds[slowest]:.0f} s"
    proof.row["minutes to run"] = f"{total / 60:.1f}"
    proof.failures += [
        f"the cell {cell} runs for {taken:.0f} s, and {CELL_S:g} s are allowed"
        for cell, taken in seconds.items()
        if taken > CELL_S
    ]
    if total > LAB_S:
        proof.failures.append(f"the lab runs for {total:.0f} s, and {LAB_S:g} s are allowed")


def _draws(exercise: Exercise, seeds: int) -> list[str]:
    """Names of the draws of inputs: a third as many where an exercise trains, and at least one."""
    return [f"seed {number}" for number in range(max(1, seeds // 3) if exercise.trains else seeds)]


def _of(items: list[Any], exercise: Exercise) -> list[Any]:
    return [item for item in items if item.exercise == exercise.id]


def _differences(a: Path, b: Path) -> list[str]:
    """Names of files that are in one folder only, or differ; what a student's run leaves aside."""
    ignored = {"progress.json"}
    files = {
        path.relative_to(root)
        for root in (a, b)
        for path in root.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and ".ipynb_checkpoints" not in path.parts
        and path.name not in ignored
    }
    return sorted(
        str(name)
        for name in files
        if not (
            (a / name).is_file()
            and (b / name).is_file()
            and filecmp.cmp(a / name, b / name, shallow=False)
        )
    )
