"""Checks that a lab's files are complete and fit each other, without running a check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from nablab.authored.answers import Answers
from nablab.authored.read import DISCUSSION, PROSE
from nablab.authored.stamp import heading_of
from nablab.checking.load import CHECKS, SUBMISSIONS, SUITE
from nablab.course import Exercise
from nablab.lab_keys import did_you_mean
from nablab.release.exercise import of_exercise
from nablab.release.proof import Proof

MUTANTS, VARIANTS, HINTS = 4, 3, 3  # the least number for each exercise
FEWEST, MOST = 2, 5  # sentences of a discussion
SENTENCE_END = re.compile(r"[.!?](?=\s|$|[)*_])")
MARKS = {"check", "mutant", "variant"}


def check_complete(answers: Answers, proof: Proof) -> None:
    """Every exercise has the checks, hints, mutants and variants that it needs. Everything in the
    lab's files belongs to an exercise, is not hidden by another definition and uses only names that
    exercises provide."""
    lab = answers.lab
    for exercise in lab.exercises:
        proof.failures += _lacks(answers, exercise)
        proof.failures += _unknown_probes(answers, exercise)
        if _has_the_full_form(answers):
            proof.failures += _lacks_of_the_full_form(answers, exercise)
    for part in (CHECKS, SUITE):
        for path in sorted(answers.code.folders[part].glob("*.py")):
            proof.failures += _loose_ends(answers, path)
    proof.failures += _unknown_in_samples(answers)
    if (minutes := sum(one.minutes for one in lab.exercises)) > lab.minutes:
        proof.failures.append(
            f"{lab.folder.name}/lab.toml: the exercises take {minutes:g} minutes, and the lab "
            f"{lab.minutes:g}"
        )
    proof.facts["exercises"] = f"{len(lab.exercises)}, {lab.points:g} points, {lab.minutes} minutes"
    proof.facts["checks"] = f"{len(answers.visible)} visible, {len(answers.hidden)} hidden"
    proof.row["exercises"] = str(len(lab.exercises))
    proof.row["checks, visible + hidden"] = f"{len(answers.visible)} + {len(answers.hidden)}"


def _lacks(answers: Answers, exercise: Exercise) -> Iterator[str]:
    visible, hidden, mutants, variants = (
        of_exercise(answers.visible, exercise),
        of_exercise(answers.hidden, exercise),
        of_exercise(answers.mutants, exercise),
        of_exercise(answers.variants, exercise),
    )
    for wanted, found in (("a visible check", visible), ("a hidden check", hidden)):
        if not found:
            yield f"{exercise.id} lacks {wanted}"
    if visible and visible[0].stage != "contract":
        yield f"{exercise.id}: its first visible check is not of stage contract"
    for name in sorted({one.name for one in visible} & {one.name for one in hidden}):
        yield (
            f"{exercise.id}: a visible and a hidden check are both called {name}: give one of them "
            "another name"
        )
    for count, least, what in (
        (len(exercise.hints), HINTS, "hints"),
        (len(mutants), MUTANTS, "mutants"),
        (len(variants), VARIANTS, "variants"),
    ):
        if count < least:
            yield f"{exercise.id} has {count} {what}, but {least} are needed"
    if exercise.predict and exercise.predict.answer not in exercise.predict.options:
        yield f"{exercise.id}: the answer to its prediction is not one of the options"
    for name in sorted(exercise.visible_lets_through.keys() - {one.name for one in mutants}):
        known = [one.name for one in mutants]
        yield (
            f"{answers.lab.folder.name}/lab.toml: visible_lets_through of {exercise.name} names "
            f"{name}, which is not a mutant{did_you_mean(name, known)}"
        )


def _has_the_full_form(answers: Answers) -> bool:
    """Whether one exercise has minutes or a discussion. Then all need both."""
    discussed = any(cell.kind == DISCUSSION for cell in answers.cells)
    return discussed or any(exercise.minutes for exercise in answers.lab.exercises)


def _lacks_of_the_full_form(answers: Answers, exercise: Exercise) -> Iterator[str]:
    place = f"{answers.lab.folder.name}/lab.toml: {exercise.name}"
    if not exercise.minutes:
        yield f"{place} lacks minutes, which other exercises have"
    if not exercise.difficulty:
        yield f"{place} lacks difficulty, which other exercises have"
    headings = [
        heading
        for cell in answers.cells
        if cell.kind == PROSE
        for heading in heading_of(exercise).findall(cell.source)
    ]
    if len(headings) != 1:
        yield f"{exercise.id} has {len(headings)} headings `## {exercise.id} …`; one is needed"
    told = [c.source for c in answers.cells if c.kind == DISCUSSION and c.exercise == exercise.id]
    if len(told) != 1:
        yield (
            f"{exercise.id} has {len(told)} discussions; one is needed, in a text cell marked "
            f'discussion="{exercise.name}"'
        )
    for text in told:
        count = len(SENTENCE_END.findall(text))
        if not FEWEST <= count <= MOST:
            yield f"{exercise.id}: its discussion has {count} sentences, not {FEWEST} to {MOST}"


def _unknown_probes(answers: Answers, exercise: Exercise) -> Iterator[str]:
    for probe in answers.probes[exercise.id]:
        if probe.ask is None and probe.name not in exercise.provides:
            path = _shown(answers.code.path(CHECKS, exercise.name))
            yield (
                f"{path}: PROBES asks for {probe.name}, which {exercise.name} does not provide"
                f"{did_you_mean(probe.name, exercise.provides)}"
            )


def _loose_ends(answers: Answers, path: Path) -> Iterator[str]:
    """Definitions hidden by another one with the same name, tests without a mark, and marks in a
    file that belongs to no exercise."""
    seen: dict[str, int] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names, marked = [node.name], _is_marked(node.decorator_list)
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            marked = _is_marked([node.value])
        else:
            continue
        for name in names:
            if name in seen and (marked or name.startswith("test_")):
                yield (
                    f"{_shown(path)}: two are called {name}, in lines {seen[name]} and "
                    f"{node.lineno}: only the second counts"
                )
            seen[name] = node.lineno
            if name.startswith("test_") and not marked and isinstance(node, ast.FunctionDef):
                yield f"{_shown(path)}, line {node.lineno}: {name} has no @check, so it never runs"
            if marked and path.stem not in answers.lab.by_name:
                yield (
                    f"{_shown(path)}, line {node.lineno}: {name} belongs to no exercise, because "
                    f"none is called {path.stem}{did_you_mean(path.stem, answers.lab.by_name)}"
                )
                return


def _is_marked(nodes: list[ast.expr]) -> bool:
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return any(isinstance(call, ast.Name) and call.id in MARKS for call in calls)


def _unknown_in_samples(answers: Answers) -> Iterator[str]:
    """Exercises and checks that `submissions.py` names but that do not exist."""
    lab, path = answers.lab, answers.code.path(SUITE, SUBMISSIONS)
    for sample in answers.code.module(SUITE, SUBMISSIONS).SAMPLES:
        for name in {**sample.answers, **sample.fails}:
            if name not in lab.by_id:
                yield (
                    f"{_shown(path)}: {sample.student} has an answer to {name}, which is not an "
                    f"exercise{did_you_mean(name, lab.by_id)}"
                )
        for exercise_id, fails in sample.fails.items():
            checks = [
                check.name
                for check in (*answers.visible, *answers.hidden)
                if check.exercise == exercise_id
            ]
            for name in sorted(set(fails.names) - set(checks)):
                yield (
                    f"{_shown(path)}: {sample.student} passes {name} of {exercise_id}, which is "
                    f"not a check{did_you_mean(name, checks)}"
                )


def _shown(path: Path) -> str:
    return "/".join(path.parts[-3:])
