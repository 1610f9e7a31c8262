"""The journal: every result is on disk before anything else is done with it.

One process writes it. A submission's pages are written first and its record last, each file whole
or not at all, so a record means that everything is there. If a run is killed at any moment, the
next one continues it and grades only the submissions without a record.

The results of a regrade wait in `results/LAB/regrade/` until somebody has agreed to them.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nablab.course import Lab
from nablab.errors import GradingBusy
from nablab.grading.intake.choice import Left
from nablab.grading.intake.disk import write_whole
from nablab.grading.intake.submission import digest
from nablab.grading.pages.deliver import Delivery, Record, autograded_path, feedback_path
from nablab.grading.records import GRADED, UNREADABLE, Submission


class Journal:
    """The results of one lab, below a results folder."""

    def __init__(self, out: Path, lab: Lab):
        self.out = out
        self.lab = lab
        self.folder = out / "results" / lab.id
        self.waiting = self.folder / "regrade"
        self.unpacked = self.folder / "handed_in"  # notebooks from students' own zips

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second run out as long as this process lives. Processes forked from it do not
        hold the lock."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise GradingBusy(
                    f"Another run is grading {self.lab.id} into {self.out}: wait for it to end, or "
                    "name another folder with --out."
                ) from None
            yield

    def records(self) -> list[Record]:
        """The records of all submissions, in order of student, without the cards."""
        return [{**_load(path), "cards": {}} for path in sorted(self.folder.glob("*.json"))]

    def record(self, student: str) -> Record | None:
        path = self.folder / f"{student}.json"
        return _load(path) if path.is_file() else None

    def settled(self, submission: Submission, version: str, execute: bool) -> Record | None:
        """The record of a submission that need not be graded again: the same file, handed in the
        same way, judged by the same suite, run as a whole if `execute` is set, and its pages
        exist."""
        found = self.record(submission.student)
        if (
            found
            and _is_of(found, submission, version)
            and found["executed"] >= execute
            and self._has_pages(submission.student)
        ):
            return found
        return None

    def store(self, delivery: Delivery) -> None:
        for place, text in delivery.files.items():
            write_whole(self.out / place, text)
        write_whole(self.folder / f"{delivery.student}.json", _dump(delivery.record))

    # What was not graded

    def note_left(self, place: Path, left: Iterable[Left], junk: int) -> None:
        """Record which files of a place were not graded, and why, for the report."""
        table = self._left_table()
        found = {"files": [[one.place, one.why] for one in left], "junk": junk}
        if table.get(str(place.resolve())) == found:
            return
        table[str(place.resolve())] = found
        write_whole(self._left_path, json.dumps(table, ensure_ascii=False, indent=1))

    def left(self) -> tuple[list[Left], int]:
        """The files that were not graded, and how many more were left by a system."""
        tables = self._left_table().values()
        files = [Left(*pair) for table in tables for pair in table["files"]]
        return files, sum(table["junk"] for table in tables)

    @property
    def _left_path(self) -> Path:
        return self.unpacked / "not_graded.json"

    def _left_table(self) -> dict[str, dict[str, Any]]:
        return _load(self._left_path) if self._left_path.is_file() else {}

    # A regrade

    def set_aside(self, delivery: Delivery) -> None:
        """Keep the result of a regrade until it is agreed to."""
        write_whole(self.waiting / f"{delivery.student}.json", _dump(asdict(delivery)))

    def waiting_for(
        self, submission: Submission, version: str, asked: list[str]
    ) -> Delivery | None:
        """A submission's result from the same regrade, if nobody has agreed to it yet."""
        path = self.waiting / f"{submission.student}.json"
        if path.is_file():
            found = Delivery(**_load(path))
            if _is_of(found.record, submission, version) and found.record["regraded"] == asked:
                return found
        return None

    def forget_waiting(self) -> None:
        shutil.rmtree(self.waiting, ignore_errors=True)

    def _has_pages(self, student: str) -> bool:
        return all(
            (self.out / place(self.lab, student)).is_file()
            for place in (autograded_path, feedback_path)
        )


def _is_of(record: Record, submission: Submission, version: str) -> bool:
    told = record["submission"]
    return (
        record["state"] in (GRADED, UNREADABLE)
        and record["digest"] == digest(submission)
        and record["suite_version"] == version
        and told["timestamp"] == submission.timestamp
        and tuple(told["notes"]) == submission.notes
    )


def _load(path: Path) -> Record:
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def _dump(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False)
