"""Maps grading over many submissions, in this process or in several, each with a warm worker.

The suite is collected and the jail warmed once; then this process forks. A process grades one
submission at a time, so if it dies, it is known what it was grading. That submission is tried once
more elsewhere, and then reported as the grader's own fault. Every submission comes back as one
delivery, whatever happens. Only this process writes.
"""

from __future__ import annotations

import gc
import os
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from nablab.course import Course, Lab
from nablab.grading.judge.lab_grader import LabGrader, jail_for
from nablab.grading.judge.pipeline import grade_one
from nablab.grading.judge.suite import Suite, with_suite
from nablab.grading.pages.deliver import Delivery, deliver
from nablab.grading.pages.feedback import Card
from nablab.grading.records import FAULTY, ExerciseScore, Graded, Submission
from nablab.grading.run.execute import fill_outputs
from nablab.sandbox import memory
from nablab.sandbox.confine import die_with_parent
from nablab.sandbox.engine import Engine
from nablab.sandbox.host import Jail

TRIES = 2
GROWN_MB = 256.0  # a process that has grown by more than this is replaced

Body = Callable[[Iterator[Delivery]], None]


@dataclass(frozen=True)
class Job:
    """What to grade with."""

    course: Course
    lab: Lab
    engine: Engine


@dataclass(frozen=True)
class Task:
    """A submission to grade, the scores of exercises that are kept, with their cards, and whether
    the whole notebook is run, for its outputs."""

    submission: Submission
    kept: Mapping[str, ExerciseScore] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    execute: bool = False


def grade_all(tasks: list[Task], job: Job, workers: int, body: Body) -> None:
    """Grade submissions. `body` gets the deliveries, one by one as they are done. It is called when
    the processes have been started."""
    if not tasks:
        body(iter(()))
        return
    workers = min(workers, len(tasks))

    def with_collected(suite: Suite) -> None:
        gc.freeze()  # keep gc from scanning loaded objects, which would copy them in every fork
        with jail_for(job.lab, job.engine) as jail:
            grader = LabGrader(job.course, job.lab, suite, jail)
            grader.prepare()
            pool = Pool(grader, workers)
            try:
                body(pool.deliveries(tasks))
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
            grader = LabGrader(course, lab, suite, jail)
            graded.extend(grade_one(submission, grader) for submission in submissions)

    with_suite(course, lab, body)
    return graded


def grade_here(task: Task, grader: LabGrader) -> Delivery:
    """Grade one submission, and once more if the machine was too busy for it."""
    delivery = grade_task(task, grader)
    return grade_task(task, grader) if starved(delivery) else delivery


def starved(delivery: Delivery) -> bool:
    """Whether a call ran out of time because other processes left it no CPU."""
    return bool(delivery.record.get("starved"))


def grade_task(task: Task, grader: LabGrader) -> Delivery:
    """Grade one submission. An error in nablab itself affects only this submission."""
    try:
        graded = grade_one(task.submission, grader, task.kept)
    except Exception as error:
        return given_up(task, grader, error)
    run = partial(fill_outputs, lab=grader.lab, engine=grader.jail.engine) if task.execute else None
    return deliver(graded, grader.lab, grader.course.title, task.cards, run)


def given_up(task: Task, grader: LabGrader, error: BaseException) -> Delivery:
    return deliver(_faulty(task.submission, grader.lab, error), grader.lab, grader.course.title)


def _faulty(submission: Submission, lab: Lab, error: BaseException) -> Graded:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return Graded(
        submission,
        FAULTY,
        lab.points,
        notes=(
            f"nablab itself failed: {type(error).__name__}: {error}{where}. "
            "No points were deducted; please report it.",
        ),
    )


class Growth:
    """Whether this process has grown so much that it should be replaced. Memory that a submission
    used is not always given back."""

    def __init__(self) -> None:
        self.began_mb = memory.held_mb()

    @property
    def is_large(self) -> bool:
        if self._grown_mb > GROWN_MB:
            gc.collect()  # exceptions and their frames reference each other
        return self._grown_mb > GROWN_MB

    @property
    def _grown_mb(self) -> float:
        return memory.held_mb() - self.began_mb


class Pool:
    """Forked processes, each with a twin of the warm worker and one submission at a time. A process
    that has grown too much is replaced."""

    def __init__(self, grader: LabGrader, workers: int):
        self.grader = grader
        self.context = get_context("fork")
        self.processes: dict[Connection, BaseProcess] = {}
        self.doing: dict[Connection, tuple[Task, int] | None] = {}
        for _ in range(workers):
            self._hire()

    def _hire(self) -> None:
        here, there = self.context.Pipe()
        twin = self.grader.jail.twin()
        process = self.context.Process(target=self._work, args=(there, here, twin), daemon=True)
        process.start()
        there.close()
        twin.control.close()  # the process has it now
        self.processes[here] = process
        self.doing[here] = None

    def _work(self, pipe: Connection, others_end: Connection, twin: Jail) -> None:
        """The loop of a process: answers each task with a delivery, and whether it has grown."""
        die_with_parent()
        self.grader.jail.control.close()
        others_end.close()
        for connection in self.processes:
            connection.close()
        self.grader.jail = twin
        growth = Growth()
        try:
            while True:
                delivery = grade_task(pipe.recv(), self.grader)
                pipe.send((delivery, growth.is_large))
        except (EOFError, OSError):
            twin.stop()
            os._exit(0)  # do not clean up what belongs to the parent

    def deliveries(self, tasks: list[Task]) -> Iterator[Delivery]:
        """One for each task. If other processes left a submission too little CPU, it is graded
        again, alone, when all others are done."""
        again: list[Task] = []
        for task, delivery in self._graded(tasks, len(self.processes)):
            if starved(delivery):
                again.append(task)
            else:
                yield delivery
        for _, delivery in self._graded(again, 1):
            yield delivery

    def _graded(self, tasks: list[Task], at_once: int) -> Iterator[tuple[Task, Delivery]]:
        """Each task and its delivery as it is done, with `at_once` tasks running at a time."""
        waiting = deque((task, 1) for task in tasks)
        for idle in list(self.processes)[:at_once]:
            self._give(idle, waiting)
        while any(self.doing.values()):
            for pipe in wait([pipe for pipe, task in self.doing.items() if task]):
                assert isinstance(pipe, Connection)
                task = self.doing[pipe]
                assert task is not None
                try:
                    delivery, has_grown = pipe.recv()
                except (EOFError, OSError):
                    delivery = self._bury(pipe, task, waiting)
                else:
                    if has_grown:
                        self._replace(pipe)
                    else:
                        self._give(pipe, waiting)
                if delivery is not None:
                    yield task[0], delivery
            for pipe, doing in list(self.doing.items()):
                if doing is None and waiting and self._busy() < at_once:
                    self._give(pipe, waiting)

    def _busy(self) -> int:
        return sum(task is not None for task in self.doing.values())

    def _give(self, pipe: Connection, waiting: deque[tuple[Task, int]]) -> None:
        self.doing[pipe] = waiting.popleft() if waiting else None
        task = self.doing[pipe]
        if task is not None:
            pipe.send(task[0])

    def _replace(self, pipe: Connection) -> None:
        pipe.close()
        self.processes.pop(pipe).join()
        del self.doing[pipe]
        self._hire()

    def _bury(
        self, pipe: Connection, doing: tuple[Task, int], waiting: deque[tuple[Task, int]]
    ) -> Delivery | None:
        """A process died: replace it, and try its submission once more or report it."""
        self._replace(pipe)
        task, tries = doing
        if tries < TRIES:
            waiting.append((task, tries + 1))
            return None
        error = RuntimeError(f"the process that graded it died {tries} times")
        return given_up(task, self.grader, error)

    def close(self) -> None:
        for pipe in self.processes:
            pipe.close()
        for process in self.processes.values():
            process.join(5)
            if process.is_alive():
                process.kill()
