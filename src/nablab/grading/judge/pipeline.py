"""The grading of one submission, top to bottom."""

from __future__ import annotations

import hmac
import time
from collections.abc import Mapping
from dataclasses import replace

from nablab.checking.fingerprint import (
    NO_DIAGNOSIS,
    Diagnosis,
    diagnose,
)
from nablab.checking.runner import FAILED, FAULT, PASSED, Outcome
from nablab.course import Exercise, Lab
from nablab.errors import NoJail, UnreadableSubmission
from nablab.grading.intake.extract import extract
from nablab.grading.intake.submission import digest, read
from nablab.grading.judge.answer import Answer, ReferenceAnswer
from nablab.grading.judge.identifiers import identifiers
from nablab.grading.judge.lab_grader import LabGrader
from nablab.grading.judge.score import score
from nablab.grading.judge.submission_state import SubmissionState
from nablab.grading.records import (
    GRADED,
    REFUSED,
    UNREADABLE,
    ExerciseRun,
    ExerciseScore,
    Graded,
    Submission,
    Work,
)
from nablab.sandbox import memory
from nablab.sandbox.student import Student

NOTHING_KEPT: Mapping[str, ExerciseScore] = {}


def grade_one(
    submission: Submission, grader: LabGrader, kept: Mapping[str, ExerciseScore] = NOTHING_KEPT
) -> Graded:
    """Grade one submission: read, extract, run in the jail, score. Scores that are `kept`, by
    exercise, stay as they are."""
    begun = time.monotonic()
    graded = Graded(
        submission,
        GRADED,
        grader.lab.points,
        digest=digest(submission),
        suite_version=grader.version,
    )
    try:
        work = extract(read(submission), submission, grader.lab, grader.released)
        state = SubmissionState(grader.lab.limits.submission_s, seed=_seed(graded, grader))
        runs = run_exercises(work, grader, state, {name: score.run for name, score in kept.items()})
        scores = tuple(
            kept.get(run.exercise) or score(grader.lab, exercise, run, grader.course.follow_through)
            for exercise, run in zip(grader.lab.exercises, runs, strict=True)
        )
        graded = replace(
            graded,
            exercises=scores,
            notes=work.notes,
            work=work,
            predictions=work.predictions,
            starved=state.starved,
        )
    except UnreadableSubmission as error:
        graded = replace(graded, state=UNREADABLE, notes=(*submission.notes, str(error)))
    except NoJail as error:
        graded = replace(graded, state=REFUSED, notes=(str(error),))
    return replace(graded, wall_s=round(time.monotonic() - begun, 3))


def run_exercises(
    work: Work, grader: LabGrader, state: SubmissionState, kept: Mapping[str, ExerciseRun]
) -> list[ExerciseRun]:
    """Run every exercise in its own fresh process, except for runs that are kept. An exercise that
    fails and builds on a wrong one is tried again with the reference instead of the wrong one."""
    runs: list[ExerciseRun] = []
    wrong: set[str] = set()
    for exercise in grader.lab.exercises:
        run = kept.get(exercise.id) or run_exercise(exercise, work, grader, state)
        if not _all_passed(run):
            names = _names_to_mend(exercise, grader.lab, wrong, work)
            if names and exercise.id not in kept:
                run = follow_through(run, exercise, work, grader, state, names)
            wrong.add(exercise.id)
        runs.append(run)
    return runs


def run_exercise(
    exercise: Exercise, work: Work, grader: LabGrader, state: SubmissionState
) -> ExerciseRun:
    begun = time.monotonic()
    answer = Answer(grader.jail, grader.lab, exercise, work, state)
    outcomes, diagnosis = _judge(answer, exercise, grader)
    notes = state.not_told_yet(answer.notes)
    return ExerciseRun(
        exercise.id,
        outcomes,
        diagnosis.says,
        diagnosis.misconception,
        notes=notes,
        stopped={note: what for note, what in answer.stopped.items() if note in notes},
        suspicious=answer.suspicions(),
        wall_s=round(time.monotonic() - begun, 3),
        cpu_s=round(answer.cpu_s, 4),
        memory_mb=round(answer.memory_mb, 1),
    )


def follow_through(
    run: ExerciseRun,
    exercise: Exercise,
    work: Work,
    grader: LabGrader,
    state: SubmissionState,
    names: tuple[str, ...],
) -> ExerciseRun:
    """Judge an exercise once more with the reference instead of the wrong functions that it uses.
    Errors that remain are this exercise's own, and so is the diagnosis."""
    replacements = {name: grader.reference_process.named(name) for name in names}
    answer = Answer(grader.jail, grader.lab, exercise, work, state, replacements)
    outcomes, diagnosis = _judge(answer, exercise, grader)
    before_and_after = zip(run.outcomes, outcomes, strict=True)
    if not any(new.state == PASSED != old.state for old, new in before_and_after):
        return run
    return replace(
        run,
        followed_through=tuple(map(_verdict_alone, outcomes)),
        mended=names,
        diagnosis=diagnosis.says,
        misconception=diagnosis.misconception,
    )


def _verdict_alone(outcome: Outcome) -> Outcome:
    """Whether a check passed, without any output of the student's code, which could have asked the
    reference anything."""
    return Outcome(outcome.name, outcome.title, outcome.stage, outcome.state, outcome.hidden)


def _judge(
    answer: Answer, exercise: Exercise, grader: LabGrader
) -> tuple[tuple[Outcome, ...], Diagnosis]:
    """Every check of an exercise on one answer, and the misconception behind the failures."""
    diagnosis = NO_DIAGNOSIS
    try:
        seed = answer.state.seed
        outcomes = grader.suite.run(exercise.id, answer, seed)
        outcomes = _faults_confirmed(outcomes, exercise, seed, grader)
        if any(outcome.kind in ("mismatch", "error") for outcome in outcomes):
            answer.begin_test()
            with memory.at_most():
                diagnosis = diagnose(Student(answer), grader.fingerprints.get(exercise.id))
    finally:
        answer.close()
    return tuple(outcomes), diagnosis


def _faults_confirmed(
    outcomes: list[Outcome], exercise: Exercise, seed: bytes, grader: LabGrader
) -> list[Outcome]:
    """A check is at fault only if it also fails on the reference, with the same inputs. Otherwise
    it could not read what the student returned, which earns no points."""
    if not any(outcome.state == FAULT for outcome in outcomes):
        return outcomes
    reference = ReferenceAnswer(dict(grader.reference))
    right = grader.suite.run(exercise.id, reference, seed)
    return [
        replace(
            outcome,
            state=FAILED,
            kind="mismatch",
            says=outcome.says.replace(
                "The check itself is at fault:", "The check cannot read what your code returned:"
            ),
        )
        if outcome.state == FAULT and expected.state == PASSED
        else outcome
        for outcome, expected in zip(outcomes, right, strict=True)
    ]


def _names_to_mend(exercise: Exercise, lab: Lab, wrong: set[str], work: Work) -> tuple[str, ...]:
    """The functions of wrong exercises that this one builds on, directly or through others:
    according to lab.toml, or because the student calls them here."""
    called = _names_in(work, exercise.id)
    by_the_student = (one.id for one in lab.exercises if called.intersection(one.provides))
    used, waiting = [], [*exercise.uses, *by_the_student]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.append(name)
            waiting += lab.exercise(name).uses
    return tuple(
        name
        for used_id in sorted(used)
        if used_id in wrong
        for name in lab.exercise(used_id).provides
    )


def _names_in(work: Work, exercise_id: str) -> set[str]:
    """The names in an exercise's cell and in the cells that the student added before it."""
    names: set[str] = set()
    for cell in work.cells_for(exercise_id):
        if not cell.trusted and cell.exercise in (None, exercise_id):
            names |= identifiers(cell.source)
    return names


def _all_passed(run: ExerciseRun) -> bool:
    return all(outcome.state == PASSED for outcome in run.outcomes)


def _seed(graded: Graded, grader: LabGrader) -> bytes:
    """A seed for fresh inputs for every student and file, and the same ones at a regrade. A student
    who learnt the hidden inputs and hands in again gets others."""
    words = (graded.submission.student, grader.lab.id, graded.digest)
    return hmac.digest(grader.secret, "\0".join(words).encode(), "sha256")
