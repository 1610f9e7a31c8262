"""What one student's code does to the machine, or anybody else's, costs no other student a point."""

import contextlib
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nablab.course import find_course, list_labs
from nablab.grading.records import Submission
from nablab.grading.run.runners import Job, Task, grade_all
from nablab.grading.samples import Sample, hand_in
from nablab.sandbox.engine import choose

ROOT = Path(__file__).parents[3]
LABS = [lab.id for lab in list_labs(find_course(ROOT).released)]
QUICK = LABS[0]  # NumPy alone: a right notebook takes half a second
BUSY_PROCESSES, CLASS, TIMES = 6, 24, 5

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("needs_jail")]


def hog(lab):
    """Keeps 28 processes busy in the calls of its first exercise, for as long as a right notebook
    takes."""
    until = time.time() + (90 if "keras" in lab.preload else 15)
    source = f"""
import os, time

def burn(*args, **kwargs):
    for _ in range(28):
        if time.time() > {until} or os.fork() == 0:
            break
    while time.time() < {until}:
        pass

{" = ".join(lab.exercises[0].provides)} = burn
"""
    return Sample("hog", "burns CPU", {lab.exercises[0].id: source})


@contextlib.contextmanager
def busy_machine():
    """Each in a session of its own, which some schedulers share the processor by."""
    command = [sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(command, start_new_session=True) for _ in range(BUSY_PROCESSES)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


@pytest.fixture
def points(course, tmp_path):
    """Grades samples, two at a time: {student: points}."""

    def points(lab, samples):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        hand_in(samples, course, lab, folder)
        places = [folder / one.student / lab.id / f"{lab.id}.ipynb" for one in samples]
        tasks = [
            Task(Submission(one.student, lab.id, place))
            for one, place in zip(samples, places, strict=True)
        ]
        found = {}

        def body(deliveries):
            for delivery in deliveries:
                found[delivery.student] = delivery.record["points"], delivery.record["notes"]

        grade_all(tasks, Job(course, lab, choose()), 2, body)
        assert set(found) == {one.student for one in samples}
        return found

    return points


def honest(count):
    return [Sample(f"honest{number:02d}", "right") for number in range(count)]


def full(lab, found):
    wrong = {student: said for student, said in found.items() if said[0] != lab.points}
    assert wrong.keys() <= {"hog"}, wrong
    return wrong


def test_a_hog_takes_no_point_from_its_neighbour(course, points):
    lab = course.lab(QUICK)
    lab = replace(lab, limits=replace(lab.limits, call_s=1, cell_s=2, test_s=3))
    assert full(lab, points(lab, [hog(lab), *honest(3)]))["hog"][0] < lab.points


def test_a_busy_machine_takes_no_point_from_anybody(course, points):
    lab = course.lab(QUICK)
    with busy_machine():
        assert full(lab, points(lab, honest(4))) == {}


@pytest.mark.long
@pytest.mark.parametrize("lab_id", LABS)
def test_a_hog_takes_no_point_in_any_lab_however_often(course, points, lab_id):
    lab = course.lab(lab_id)
    for _ in range(TIMES):
        assert full(lab, points(lab, [hog(lab), *honest(1)]))["hog"][0] < lab.points


@pytest.mark.long
@pytest.mark.parametrize("lab_id", LABS)
def test_a_busy_machine_takes_no_point_in_any_lab(course, points, lab_id):
    lab = course.lab(lab_id)
    with busy_machine():
        assert full(lab, points(lab, honest(CLASS))) == {}
