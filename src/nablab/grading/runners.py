"""Maps grading over many submissions, in this process or in several with a warm worker each.

The suite is collected and the jail warmed once; then this process forks. A process grades one
submission at a time, so it is known what a process that dies was doing: that submission is tried
once more elsewhere, and then reported as the grader's own fault. Every submission comes back as
one journal record, whatever happens.
"""

from __future__ import annotations

import gc
import os
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from nablab.course import Course, Lab
from nablab.grading.deliver import deliver
from nablab.grading.pipeline import Bench, grade_one, jail_for
from nablab.grading.records import FAULTY, Graded, Submission
from nablab.grading.suite import Suite, with_suite
from nablab.sandbox.engine import Engine
from nablab.sandbox.host import Jail

TRIES = 2

Record = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What is to be graded with, and where the results go."""

    course: Course
    lab: Lab
    engine: Engine
    out: Path


def grade_all(
    submissions: list[Submission], job: Job, workers: int, body: Callable[[Iterator[Record]], None]
) -> None:
    """Grade submissions; `body` is given their records, one by one as they are done. What it does
    before it asks for the first runs while the grading has begun."""
    workers = min(workers, len(submissions))

    def with_collected(suite: Suite) -> None:
        gc.freeze()  # what is loaded by now stays: do not look through it, nor copy it in forks
        with jail_for(job.lab, job.engine) as jail:
            bench = Bench(job.course, job.lab, suite, jail)
            if workers <= 1:
                body(_here(submissions, bench, job.out))
                return
            bench.prepare()
            pool = Pool(bench, job.out, workers)
            try:
                body(pool.records(submissions))
            finally:
                pool.close()

    with_suite(job.course, job.lab, with_collected)


def grade_in_one_process(
    submissions: list[Submission], course: Course, lab: Lab, engine: Engine | None = None
) -> list[Graded]:
    """Grade submissions here, one after the other, and write nothing."""
    graded: list[Graded] = []

    def body(suite: Suite) -> None:
        with jail_for(lab, engine) as jail:
            bench = Bench(course, lab, suite, jail)
            graded.extend(grade_one(submission, bench) for submission in submissions)

    with_suite(course, lab, body)
    return graded


def _here(submissions: list[Submission], bench: Bench, out: Path) -> Iterator[Record]:
    for submission in submissions:
        yield grade_and_deliver(submission, bench, out)


def grade_and_deliver(submission: Submission, bench: Bench, out: Path) -> Record:
    """Grade one submission and write its files; a fault of our own is that submission's record and
    no other's."""
    try:
        graded = grade_one(submission, bench)
    except Exception as error:
        graded = _faulty(submission, bench.lab, error)
    return deliver(graded, bench.lab, bench.course.title, out)


def _faulty(submission: Submission, lab: Lab, error: BaseException) -> Graded:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return Graded(
        submission,
        FAULTY,
        lab.points,
        notes=(
            f"nablab itself failed: {type(error).__name__}: {error}{where}. "
            "No points were taken; please report it.",
        ),
    )


class Pool:
    """Forked processes, each with a twin of the warm worker and one submission at a time."""

    def __init__(self, bench: Bench, out: Path, workers: int):
        self.bench = bench
        self.out = out
        self.context = get_context("fork")
        self.processes: dict[Connection, BaseProcess] = {}
        self.doing: dict[Connection, tuple[Submission, int] | None] = {}
        for _ in range(workers):
            self._hire()

    def _hire(self) -> None:
        here, there = self.context.Pipe()
        twin = self.bench.jail.twin()
        process = self.context.Process(target=self._work, args=(there, here, twin), daemon=True)
        process.start()
        there.close()
        twin.control.close()  # the process has it now
        self.processes[here] = process
        self.doing[here] = None

    def _work(self, pipe: Connection, others_end: Connection, twin: Jail) -> None:
        """A process of the pool: answers each submission with a record."""
        self.bench.jail.control.close()
        others_end.close()
        for connection in self.processes:
            connection.close()
        self.bench.jail = twin
        try:
            while True:
                pipe.send(grade_and_deliver(pipe.recv(), self.bench, self.out))
        except (EOFError, OSError):
            twin.stop()
            os._exit(0)  # nothing of the parent's is this process's to clean up

    def records(self, submissions: list[Submission]) -> Iterator[Record]:
        waiting = deque((submission, 1) for submission in submissions)
        for pipe in self.processes:
            self._give(pipe, waiting)
        while any(self.doing.values()):
            for pipe in wait([pipe for pipe, task in self.doing.items() if task]):
                assert isinstance(pipe, Connection)
                task = self.doing[pipe]
                assert task is not None
                try:
                    record = pipe.recv()
                except (EOFError, OSError):
                    record = self._bury(pipe, task, waiting)
                else:
                    self._give(pipe, waiting)
                if record is not None:
                    yield record
            for pipe, task in list(self.doing.items()):
                if task is None and waiting:
                    self._give(pipe, waiting)

    def _give(self, pipe: Connection, waiting: deque[tuple[Submission, int]]) -> None:
        self.doing[pipe] = waiting.popleft() if waiting else None
        task = self.doing[pipe]
        if task is not None:
            pipe.send(task[0])

    def _bury(
        self, pipe: Connection, task: tuple[Submission, int], waiting: deque[tuple[Submission, int]]
    ) -> Record | None:
        """A process died: hire another; try its submission once more, or report it."""
        self.processes.pop(pipe).join()
        del self.doing[pipe]
        self._hire()
        submission, tries = task
        if tries < TRIES:
            waiting.append((submission, tries + 1))
            return None
        error = RuntimeError(f"the process that graded it died {tries} times")
        lab = self.bench.lab
        return deliver(_faulty(submission, lab, error), lab, self.bench.course.title, self.out)

    def close(self) -> None:
        for pipe in self.processes:
            pipe.close()
        for process in self.processes.values():
            process.join(5)
            if process.is_alive():
                process.kill()
