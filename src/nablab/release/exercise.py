"""Proves that the checks of one exercise catch every wrong answer and accept every right one."""

from __future__ import annotations

import inspect
import os
import warnings
from pathlib import Path
from typing import TypeVar

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.card import card_for
from nablab.checking.fingerprint import Fingerprints, diagnose
from nablab.checking.load import SUBMISSIONS, SUITE
from nablab.checking.mark import Alternative, Check
from nablab.checking.runner import PASSED, Outcome, run_check, run_checks
from nablab.course import Exercise
from nablab.release.proof import ExerciseProof

Item = TypeVar("Item", Check, Alternative)


def prove_exercise(
    answers: Answers,
    exercise: Exercise,
    seeds: int,
    trained_variants: bool = True,
    prints: Fingerprints | None = None,
) -> ExerciseProof:
    """Try an exercise's checks on its mutants and variants, and on variants of what it builds on.

    With the lab's fingerprints, the proof also holds the card that the author of each wrong answer
    would read. Without `trained_variants`, right answers to exercises that train are left out,
    because they take minutes."""
    proof = ExerciseProof(exercise.id)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # a wrong answer may divide by zero
        for mutant in of_exercise(answers.mutants, exercise):
            _is_caught(answers, exercise, mutant, _draws(exercise, seeds), proof)
            if prints is not None:
                proof.cards.append(_card(answers, exercise, mutant, prints))
        if trained_variants or not exercise.trains:
            for variant in of_exercise(answers.variants, exercise):
                _is_accepted(answers, exercise, variant, _draws(exercise, seeds), proof)
            _neighbours_cost_nothing(answers, exercise, proof)
    return proof


def _is_caught(
    answers: Answers,
    exercise: Exercise,
    mutant: Alternative,
    seeds: list[str],
    proof: ExerciseProof,
) -> None:
    def caught(checks: list[Check]) -> bool:
        return all(_first_failure(answers, exercise, mutant, checks, seed) for seed in seeds)

    seen, hidden = (
        caught(of_exercise(answers.visible, exercise)),
        caught(of_exercise(answers.hidden, exercise)),
    )
    proof.mutants += 1
    proof.caught_by_visible += seen
    proof.caught_by_hidden += hidden
    name = f"the mutant {mutant.name} ({place_of(mutant)})"
    if not hidden:
        proof.failures.append(f"{exercise.id}: the hidden suite misses {name}")
    if not seen and mutant.name not in exercise.visible_lets_through:
        proof.failures.append(
            f"{exercise.id}: the visible checks miss {name}, "
            "but visible_lets_through does not say why"
        )


def _first_failure(
    answers: Answers, exercise: Exercise, mutant: Alternative, checks: list[Check], seed: str
) -> str:
    """The name of the first check that fails, or "" if none does."""
    with answers.answering(exercise.id, mutant) as student:
        for check in checks:
            if run_check(check, student, seed).state != PASSED:
                return check.name
    return ""


def _is_accepted(
    answers: Answers,
    exercise: Exercise,
    variant: Alternative,
    seeds: list[str],
    proof: ExerciseProof,
) -> None:
    lost = [outcome for seed in seeds for outcome in _failures(answers, exercise, variant, seed)]
    proof.variants += 1
    proof.accepted += not lost
    if lost:
        proof.failures.append(
            f"{exercise.id}: the right answer {variant.name} ({place_of(variant)}) fails "
            f"{_told(lost)}"
        )


def _neighbours_cost_nothing(answers: Answers, exercise: Exercise, proof: ExerciseProof) -> None:
    """With right answers in other styles to the exercises that it builds on, the exercise still
    earns every point. Exercises with answers that only fit each other are left out."""
    together = getattr(answers.code.module(SUITE, SUBMISSIONS), "TOGETHER", ())
    for variant in answers.variants:
        pair = {variant.exercise, exercise.id}
        if variant.exercise not in answers.lab.built_on(exercise):
            continue
        if any(pair <= set(group) for group in together):
            continue
        if lost := _failures(answers, exercise, variant, "seed 0"):
            proof.failures.append(
                f"{exercise.id}: the right answer {variant.name} to {variant.exercise} "
                f"({place_of(variant)}) costs it {_told(lost)}"
            )


def _failures(
    answers: Answers, exercise: Exercise, variant: Alternative, seed: str
) -> list[Outcome]:
    checks = [*of_exercise(answers.visible, exercise), *of_exercise(answers.hidden, exercise)]
    with answers.answering(exercise.id, variant) as student:
        outcomes = [run_check(check, student, seed) for check in checks]
    return [outcome for outcome in outcomes if outcome.state != PASSED]


def _told(lost: list[Outcome]) -> str:
    """Each failed check, with its first message."""
    said = {outcome.name: outcome.says for outcome in reversed(lost)}
    return "; ".join(f"{name}: {said[name]}" for name in sorted(said))


def _card(answers: Answers, exercise: Exercise, mutant: Alternative, prints: Fingerprints) -> str:
    with answers.answering(exercise.id, mutant) as student:
        outcomes = run_checks(of_exercise(answers.visible, exercise), student, seed=answers.lab.id)
        card = card_for(exercise, outcomes, diagnosis=diagnose(student, prints).says)
    return f"{mutant.name} ({place_of(mutant)})\n\n{card.text()}"


def place_of(alternative: Alternative) -> str:
    """The file and line of an answer."""
    for value in alternative.names.values():
        try:
            path, line = inspect.getsourcefile(value), inspect.getsourcelines(value)[1]
        except (TypeError, OSError):
            continue  # a constant, or a function made by another
        if path is not None:
            return f"{os.path.join(Path(path).parent.name, Path(path).name)}, line {line}"
    return "a constant"


def _draws(exercise: Exercise, seeds: int) -> list[str]:
    """Names of the draws of inputs: a third as many if the exercise trains, but at least one."""
    return [f"seed {number}" for number in range(max(1, seeds // 3) if exercise.trains else seeds)]


def of_exercise(items: list[Item], exercise: Exercise) -> list[Item]:
    return [item for item in items if item.exercise == exercise.id]
