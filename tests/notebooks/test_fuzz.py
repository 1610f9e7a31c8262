"""Notebooks damaged at random end in a state, whatever is in them, and the honest one beside them
keeps every point.

Every one of 2,000 is read, extracted and put together again (`make test-long`), and every tenth is
graded too, as an instructor would; in the ordinary tests it is forty, all of them graded. What fails
is named by its seed: `python -m tests.notebooks.mutate SEED FILE` writes it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nablab.course import find_course
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.extract import extract, released_notebook
from nablab.grading.intake.submission import read
from nablab.grading.pages.deliver import deliver
from nablab.grading.records import GRADED, UNREADABLE, Graded, Submission
from nablab.grading.samples import Sample, copy_course, notebook_of
from tests.adversarial.batch import LIMITS
from tests.courses import set_limits
from tests.notebooks.case import corpus
from tests.notebooks.mutate import damaged

ROOT = Path(__file__).parents[2]
CASES = [case for case in corpus() if case.lab == "1"]
FEW, MANY, SHARE = 40, 2_000, 10


@pytest.fixture(scope="module")
def solved(course, lab):
    return notebook_of(Sample("", ""), course, lab)


def troubles(seeds, lab, solved, path):
    """What went wrong with reading, by seed; and how many could be read."""
    released = released_notebook(lab.notebook)
    wrong, read_ones = {}, 0
    for seed in seeds:
        path.write_bytes(damaged(seed, CASES, solved))
        submission = Submission("student", lab.id, path)
        try:
            try:
                work = extract(read(submission), submission, lab, released)
                graded = Graded(submission, GRADED, lab.points, work=work, notes=work.notes)
                read_ones += 1
            except UnreadableSubmission as error:
                graded = Graded(submission, UNREADABLE, lab.points, notes=(str(error),))
            made = deliver(graded, lab, "course")
            json.dumps(made.record)
            for text in made.files.values():
                text.encode()
        except Exception as error:
            wrong[seed] = f"{type(error).__name__}: {error}"
    return wrong, read_ones


def graded(seeds, solved, folder):
    """Grades damaged notebooks with an honest one after each third: what was wrong, by seed."""
    course = copy_course(find_course(ROOT), folder / "course")
    set_limits(course, "1", **LIMITS, submission_s=60)
    lab = course.lab("1")
    files = {f"seed-{seed}": damaged(seed, CASES, solved) for seed in seeds}
    files |= {f"seed-{seed}-neighbour": solved.encode() for seed in seeds[::3]}
    for student, content in files.items():
        path = course.root / "submitted" / student / lab.id / f"{lab.id}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    command = [sys.executable, "-m", "nablab.cli.main", "grade", str(course.root / "submitted")]
    command += ["--lab", "1", "--course", str(course.root), "--workers", "2"]
    run = subprocess.run(
        command, env={**os.environ, "COLUMNS": "120"}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    journal = (course.root / "results").glob("*/*.json")
    records = [json.loads(path.read_text(encoding="utf-8")) for path in journal]
    found = {record["submission"]["student"]: record for record in records}
    assert found.keys() == files.keys()
    wrong = {}
    for student, record in found.items():
        if student.endswith("neighbour"):
            if record["points"] != record["out_of"] or record["notes"] or record["suspicious"]:
                wrong[student] = record["points"], record["notes"], record["suspicious"]
        elif record["state"] not in (GRADED, UNREADABLE) or record["faults"]:
            wrong[student] = record["state"], record["notes"], record["faults"]
        elif record["state"] == UNREADABLE and not any(record["notes"]):
            wrong[student] = "unreadable, and nothing says why"
    return wrong


def test_a_seed_gives_the_same_file_again_and_another_seed_another(solved):
    assert damaged(7, CASES, solved) == damaged(7, CASES, solved)
    assert len({damaged(seed, CASES, solved) for seed in range(20)}) > 15


def test_damaged_notebooks_are_read_or_refused_in_a_sentence(lab, solved, tmp_path):
    wrong, read_ones = troubles(range(FEW), lab, solved, tmp_path / "a.ipynb")
    assert wrong == {}
    assert FEW / 4 < read_ones < FEW


@pytest.mark.slow
def test_damaged_notebooks_are_graded_and_cost_nobody_else(needs_jail, solved, tmp_path):
    assert graded(range(FEW), solved, tmp_path) == {}


@pytest.mark.long
def test_two_thousand_damaged_notebooks_are_read_or_refused(lab, solved, tmp_path):
    wrong, read_ones = troubles(range(MANY), lab, solved, tmp_path / "a.ipynb")
    assert wrong == {}
    assert MANY / 4 < read_ones < MANY


@pytest.mark.long
def test_every_tenth_of_them_is_graded_and_costs_nobody_else(needs_jail, solved, tmp_path):
    assert graded(range(0, MANY, SHARE), solved, tmp_path) == {}
