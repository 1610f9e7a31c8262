"""One run of grading: which submissions to grade, and in which order results are written.

Every result goes to the journal first and then to the gradebook. If the gradebook fails, nothing
is lost: the rest is graded and journalled, and the next run writes what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from nablab.course import Course, Lab
from nablab.errors import GradebookError
from nablab.grading.book.gradebook import GradebookWriter
from nablab.grading.judge.suite import version_of
from nablab.grading.pages.deliver import Delivery, Record
from nablab.grading.records import GRADED, UNREADABLE, Submission
from nablab.grading.run.journal import Journal
from nablab.grading.run.regrade import Change, changes, task_of
from nablab.grading.run.runners import Body, Task


@dataclass
class Session:
    """A lab being graded into a journal and a gradebook."""

    course: Course
    lab: Lab
    journal: Journal
    url: str  # the gradebook's
    runner: Callable[[list[Task], Body], None]
    execute: bool = False  # whether whole notebooks are run, for their outputs
    told: Callable[[int, int], None] = lambda done, total: None  # called to report progress
    trouble: GradebookError | None = None  # why the gradebook could not be fully written

    @cached_property
    def version(self) -> str:
        return version_of(self.course.suite(self.lab.id), self.lab.folder)

    def grade(self, submissions: list[Submission]) -> tuple[list[Record], int]:
        """Grade the submissions that are not settled. Returns brief records of all, in order of
        student, and how many had been graded before."""
        records, tasks = [], []
        for submission in submissions:
            settled = self.journal.settled(submission, self.version, self.execute)
            if settled:
                records.append(brief(settled))
            else:
                tasks.append(Task(submission, execute=self.execute))
        before = len(records)

        def write(deliveries: Iterator[Delivery]) -> None:
            with GradebookWriter(self.url, self.course) as gradebook:
                gradebook.register(self.lab)
                for record in gradebook.missing(records, self.lab):
                    self._enter(gradebook, record)
                for delivery in deliveries:
                    self.journal.store(delivery)
                    self._enter(gradebook, delivery.record)
                    records.append(brief(delivery.record))
                    self.told(len(records), len(submissions))

        self.told(before, len(submissions))
        self.runner(tasks, write)
        return _in_order(records), before

    def regrade(self, submissions: list[Submission], asked: list[str]) -> list[Change]:
        """Grade the exercises in `asked` again, or all if it is empty, and return what would
        change. The results are only set aside until somebody agrees to them."""
        tasks = [
            replace(
                task_of(submission, self.journal.record(submission.student), asked),
                execute=self.execute,
            )
            for submission in submissions
            if self.journal.waiting_for(submission, self.version, asked) is None
        ]

        def set_aside(deliveries: Iterator[Delivery]) -> None:
            for done, delivery in enumerate(deliveries, len(submissions) - len(tasks) + 1):
                record = {**delivery.record, "regraded": asked}
                self.journal.set_aside(replace(delivery, record=record))
                self.told(done, len(submissions))

        self.runner(tasks, set_aside)
        pairs = (
            (self.journal.record(delivery.student), delivery.record)
            for delivery in self._waiting(submissions, asked)
        )
        return changes(pairs, self.lab)

    def write_regraded(self, submissions: list[Submission], asked: list[str]) -> list[Record]:
        """Write the results of a regrade, after they are agreed to."""
        with GradebookWriter(self.url, self.course) as gradebook:
            gradebook.register(self.lab)
            for delivery in self._waiting(submissions, asked):
                self.journal.store(delivery)
                self._enter(gradebook, delivery.record)
        self.journal.forget_waiting()
        records = (self.journal.record(submission.student) for submission in submissions)
        return _in_order([brief(record) for record in records if record])

    def _waiting(self, submissions: list[Submission], asked: list[str]) -> Iterator[Delivery]:
        """The regraded submissions. Those that could not be graded this time stay as they were."""
        for submission in submissions:
            delivery = self.journal.waiting_for(submission, self.version, asked)
            if delivery and delivery.record["state"] in (GRADED, UNREADABLE):
                yield delivery

    def _enter(self, gradebook: GradebookWriter, record: Record) -> None:
        if self.trouble is None:
            try:
                gradebook.write(record, self.lab)
            except GradebookError as error:
                self.trouble = error


def brief(record: Record) -> Record:
    """The part of a record that a gradebook and a table need, about a hundredth of it, because the
    records of all students are held at once."""
    kept = ("submission", "state", "points", "out_of", "faults", "notes")
    points = [{key: one[key] for key in ("exercise", "points")} for one in record["exercises"]]
    return {**{key: record[key] for key in kept}, "exercises": points}


def _in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record["submission"]["student"])
