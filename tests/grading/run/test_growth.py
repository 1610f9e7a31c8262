"""A process that grades is replaced once it has grown, and loses nothing by it."""

import os
from dataclasses import replace

import pytest

from nablab.grading.records import Submission
from nablab.grading.run import runners
from nablab.grading.run.runners import Growth, Job, Task, grade_all
from nablab.grading.run.subprocess_grader import SubprocessGrader
from nablab.grading.samples import Sample, notebook_of
from nablab.sandbox.engine import choose


@pytest.fixture
def graded_by(course, lab, needs_jail, tmp_path, monkeypatch):
    """Grades four stubs in a pool; which process graded each."""
    stub = notebook_of(Sample("", "", stub=True), course, lab)
    grade_task = runners.grade_task

    def told(task, grader):
        delivery = grade_task(task, grader)
        return replace(delivery, record={**delivery.record, "process": os.getpid()})

    monkeypatch.setattr(runners, "grade_task", told)

    def graded_by(workers):
        tasks = []
        for number in range(4):
            path = tmp_path / f"{number}.ipynb"
            path.write_text(stub, encoding="utf-8")
            tasks.append(Task(Submission(f"student{number}", lab.id, path)))
        found = {}

        def body(deliveries):
            found.update({one.student: one.record for one in deliveries})

        grade_all(tasks, Job(course, lab, choose()), workers, body)
        assert len(found) == 4
        assert {record["state"] for record in found.values()} == {"graded"}
        return [record["process"] for record in found.values()]

    return graded_by


def test_one_that_has_not_grown_grades_all(graded_by):
    assert len(set(graded_by(1))) == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_one_that_has_grown_is_replaced(graded_by, monkeypatch, workers):
    monkeypatch.setattr(runners, "GROWN_MB", -1e6)
    processes = graded_by(workers)
    assert len(set(processes)) == 4
    assert os.getpid() not in processes


def test_memory_that_is_given_back_is_no_growth():
    growth = Growth()
    held = [bytearray(1 << 20) for _ in range(400)]
    assert growth.is_large
    del held
    assert not growth.is_large


def test_a_station_says_whether_it_has_grown(course, lab, needs_jail, tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text(notebook_of(Sample("", "", stub=True), course, lab), encoding="utf-8")
    grader = SubprocessGrader(course.root, lab.id, False, "cpu")
    try:
        assert grader.grade(Task(Submission("student", lab.id, path))).student == "student"
        assert grader.has_grown is False
    finally:
        grader.stop()
