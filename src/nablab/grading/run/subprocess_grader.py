"""A process that grades one lab's submissions one after another, for the machines of a cluster. It
gets its tasks over a pipe. `SubprocessGrader` starts it; run as a module, this file is the process.

The suite is collected and the jail warmed once for all submissions.
"""

from __future__ import annotations

import gc
import multiprocessing
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from nablab.course import find_course
from nablab.errors import NablabError
from nablab.grading.judge.lab_grader import LabGrader, jail_for
from nablab.grading.judge.suite import Suite, with_suite
from nablab.grading.pages.deliver import Delivery
from nablab.grading.run.runners import Growth, Task, grade_here
from nablab.sandbox.engine import choose


class SubprocessGrader:
    """A grading process on this machine, for one lab of a course."""

    def __init__(self, course: Path, lab_id: str, unsafe: bool, device: str):
        self.has_grown = False
        self.pipe, there = multiprocessing.Pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nablab.grading.run.subprocess_grader", str(there.fileno())],
            pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL,
        )
        there.close()
        self.pipe.send((course, lab_id, unsafe, device))

    def grade(self, task: Task) -> Delivery:
        """Grade one submission. Afterwards `has_grown` says whether this process should be
        replaced.

        Raises:
            EOFError: the process died.
            NablabError: it cannot grade here; the message says why.
        """
        self.pipe.send(task)
        answer, self.has_grown = self.pipe.recv()
        if isinstance(answer, NablabError):
            raise answer
        delivery: Delivery = answer
        return delivery

    def stop(self) -> None:
        self.pipe.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(pipe: Connection) -> None:
    """Answer each task with a delivery until the pipe closes, or with the reason why nothing can be
    graded here."""
    root, lab_id, unsafe, device = pipe.recv()
    try:
        course = find_course(root)
        lab = course.lab(lab_id)

        def body(suite: Suite) -> None:
            gc.freeze()
            with jail_for(lab, choose(unsafe, device)) as jail:
                grader = LabGrader(course, lab, suite, jail)
                grader.prepare()
                growth = Growth()
                for task in _tasks(pipe):
                    delivery = grade_here(task, grader)
                    pipe.send((delivery, growth.is_large))

        with_suite(course, lab, body)
    except NablabError as error:
        for _ in _tasks(pipe):
            pipe.send((error, False))


def _tasks(pipe: Connection) -> Iterator[Task]:
    with suppress(EOFError, OSError):
        while True:
            yield pipe.recv()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
