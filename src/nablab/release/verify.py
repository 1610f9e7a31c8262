"""Proves a lab: its files are complete, `labs/` is what they build, nothing leaks, its pictures are
described in words, and its checks tell right from wrong.

The reference, the unchanged stub and the lab's sample class go through the jail like any
submission. Mutants and variants are judged in this process, or in several; their values are encoded
and decoded as at the trust boundary. Proofs are recorded, and made again only if something that
they depend on has changed.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from nablab.authored.answers import Answers
from nablab.authored.read import PICTURE
from nablab.authored.stamp import stamp
from nablab.checking.fingerprint import FILE, load
from nablab.checking.load import LabCode
from nablab.course import Course, Exercise, Lab, find_course, read_lab
from nablab.release.complete import check_complete
from nablab.release.exercise import prove_exercise
from nablab.release.pictures import check_pictures
from nablab.release.proof import ExerciseProof, Proof
from nablab.release.record import Record
from nablab.release.released import check_fingerprints, check_released

SEEDS = 3  # draws of the inputs that the checks are proven on; one if an exercise trains
ALL_GRADED = "graded in the jail, with the samples"
CELL_S, LAB_S = 60.0, 300.0  # limits on the run of a solved notebook

# Notebooks by name -> the points of each, and its failures.
Judge = Callable[[Course, Lab, list[tuple[str, str]]], dict[str, tuple[float, list[str]]]]
# A lab's sample class: the name, the file and the predicted points of each.
Samples = Callable[[Course, Lab], list[tuple[str, str, float]]]
# A lab and its solved notebook -> the seconds of each cell, by the cell's id.
Runner = Callable[[Lab, dict[str, Any]], dict[str, float]]


def verify_lab(
    course: Course,
    lab: Lab,
    judge: Judge | None = None,
    samples: Samples | None = None,
    run: Runner | None = None,
    *,
    seeds: int = SEEDS,
    trained_variants: bool = True,
    pictures: bool = True,
    recorded: bool = False,
    write: bool = False,
    workers: int = 1,
) -> Proof:
    """Every proof of one authored lab.

    Args:
        judge: grades notebooks in the jail; without it, that part is left out.
        samples: the lab's sample class, graded with them.
        run: runs the solved notebook in a kernel and gives the seconds of every cell.
        seeds: the number of draws of inputs that the checks are proven on.
        trained_variants: whether right answers to exercises that train are tried too. They take
            minutes.
        pictures: whether the lab's pictures are drawn, to check their words.
        recorded: whether proofs in the lab's record that are still valid are used.
        write: whether new proofs are written to that record.
        workers: the number of processes that prove exercises.
    """
    begun = time.monotonic()
    proof, answers = Proof(lab), Answers(course, lab)
    check_complete(answers, proof)
    if proof.failures:  # an incomplete lab cannot be tried
        return proof
    check_released(answers, proof)
    record = Record(answers)
    known = {
        one.id: found
        for one in lab.exercises
        if recorded and (found := record.of_exercise(one, seeds))
    }
    left = [one for one in lab.exercises if one.id not in known]
    made = prove_exercises(answers, left, seeds, trained_variants, workers)
    by_id = {one.exercise: one for one in (*known.values(), *made)}
    proof.add([by_id[one.id] for one in lab.exercises])
    if write and trained_variants:
        for exercise, found in zip(left, made, strict=True):
            record.note_exercise(exercise, seeds, found)
    if judge is not None:
        _graded_in_the_jail(answers, judge, samples, proof, record, recorded)
    check_fingerprints(answers, proof)
    if pictures:
        _told_in_words(answers, proof, record, recorded)
    if run is not None:
        _runs_in_time(answers, run, proof)
    if write:
        record.write()
    if known:
        proof.facts["recorded"] = f"{len(known)} of {len(lab.exercises)} exercises"
    proof.facts["took"] = f"{time.monotonic() - begun:.1f} s"
    return proof


def verify_exercise(course: Course, lab: Lab, exercise: Exercise, seeds: int = SEEDS) -> Proof:
    """The proof of one exercise's checks, and the card that each wrong answer would get."""
    begun = time.monotonic()
    proof, answers = Proof(lab, exercise.id), Answers(course, lab)
    check_complete(answers, proof)
    if proof.failures:
        return proof
    released = course.root / "labs" / lab.id
    prints = load(LabCode(read_lab(released)), exercise) if (released / FILE).is_file() else {}
    found = prove_exercise(answers, exercise, seeds, prints=prints.get(exercise.id))
    proof.add([found])
    proof.facts["took"] = f"{time.monotonic() - begun:.1f} s"
    return proof


def prove_exercises(
    answers: Answers,
    exercises: list[Exercise],
    seeds: int,
    trained_variants: bool,
    workers: int,
) -> list[ExerciseProof]:
    """Prove exercises in several processes, or in this one."""
    if workers == 1 or len(exercises) < 2:
        return [prove_exercise(answers, one, seeds, trained_variants) for one in exercises]
    root, lab_id = answers.course.root, answers.lab.id
    tasks = [(root, lab_id, one.name, seeds, trained_variants) for one in exercises]
    started = multiprocessing.get_context("spawn")  # a process with TensorFlow must not fork
    with ProcessPoolExecutor(min(workers, len(tasks)), started) as pool:
        return list(pool.map(_prove, tasks))


def _prove(task: tuple[Path, str, str, int, bool]) -> ExerciseProof:
    root, lab_id, name, seeds, trained_variants = task
    answers = _answers(root, lab_id)
    return prove_exercise(answers, answers.lab.exercise(name), seeds, trained_variants)


@cache
def _answers(root: Path, lab_id: str) -> Answers:
    course = find_course(root)
    return Answers(course, course.authored_lab(lab_id))


def _graded_in_the_jail(
    answers: Answers,
    judge: Judge,
    samples: Samples | None,
    proof: Proof,
    record: Record,
    recorded: bool,
) -> None:
    """In the real grader, the reference earns every point, the unchanged stub none, and each sample
    the predicted points."""
    what = ALL_GRADED if samples else "graded in the jail"
    if recorded and (known := record.of_lab(what) or record.of_lab(ALL_GRADED)) is not None:
        proof.facts |= known
        return
    lab = answers.lab
    failures: list[str] = []
    facts: dict[str, str] = {}
    stub_path = answers.course.root / "labs" / lab.id / f"{lab.id}.ipynb"
    if not stub_path.is_file():
        return
    solved = json.dumps(stamp(lab, answers.cells))
    given = [("reference", solved), ("stub", stub_path.read_text(encoding="utf-8"))]
    made = samples(answers.course, answers.course.lab(lab.id)) if samples else []
    points = judge(answers.course, lab, given + [(name, text) for name, text, _ in made])
    for name, wanted in (("reference", lab.points), ("stub", 0.0)):
        earned, notes = points[name]
        facts[name] = f"{earned:g} of {lab.points:g} points, in the jail"
        if abs(earned - wanted) > 0.005:
            failures.append(
                f"the {name} earns {earned:g} points, not {wanted:g}: {'; '.join(notes)}"
            )
    for name, _, wanted in made:
        earned, notes = points[name]
        if abs(earned - wanted) > 0.005:
            failures.append(
                f"{lab.id}/submissions.py: {name} earns {earned:g} points, but {wanted:g} are "
                f"predicted: {'; '.join(notes)}"
            )
    if made:
        facts["samples"] = f"{len(made)}, each with the predicted points"
    proof.facts |= facts
    proof.failures += failures
    record.note_lab(what, None if failures else facts)


def _told_in_words(answers: Answers, proof: Proof, record: Record, recorded: bool) -> None:
    if recorded and (known := record.of_lab("pictures")) is not None:
        proof.facts |= known
        return
    failures = check_pictures(answers)
    count = sum(cell.kind == PICTURE for cell in answers.cells)
    facts = {"pictures": f"{count}, each told in words" if count else "none"}
    proof.failures += failures
    if not failures:
        proof.facts |= facts
    record.note_lab("pictures", None if failures else facts)


def _runs_in_time(answers: Answers, run: Runner, proof: Proof) -> None:
    """The solved notebook runs from top to bottom, within the limits for each cell and in all."""
    seconds = run(answers.course.lab(answers.lab.id), stamp(answers.lab, answers.cells))
    slowest = max(seconds, key=seconds.__getitem__)
    total = sum(seconds.values())
    proof.facts["run"] = f"{total:.0f} s; the slowest cell, {slowest}, {seconds[slowest]:.0f} s"
    proof.row["minutes to run"] = f"{total / 60:.1f}"
    proof.failures += [
        f"the cell {cell} runs for {taken:.0f} s, but {CELL_S:g} s are allowed"
        for cell, taken in seconds.items()
        if taken > CELL_S
    ]
    if total > LAB_S:
        proof.failures.append(f"the lab runs for {total:.0f} s, but {LAB_S:g} s are allowed")


def table(proofs: Iterable[Proof]) -> list[str]:
    """One line for every lab, in Markdown."""
    proofs = list(proofs)
    names = list(dict.fromkeys(name for proof in proofs for name in proof.row))
    lines = [f"| lab | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for proof in proofs:
        lines.append(
            f"| {proof.lab.id} | {' | '.join(proof.row.get(name, '') for name in names)} |"
        )
    return lines
