"""What grading one lab needs, read once for all submissions: checks, fingerprints, reference."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nablab.authored.read import EXERCISE, SETUP
from nablab.checking.fingerprint import Fingerprints, load
from nablab.checking.load import LabCode
from nablab.course import Course, Lab
from nablab.errors import NablabError
from nablab.grading.intake.extract import Released, released_notebook
from nablab.grading.judge.reference_process import ReferenceProcess
from nablab.grading.judge.suite import Suite, version_of
from nablab.sandbox.engine import Engine
from nablab.sandbox.host import Jail

if TYPE_CHECKING:
    from nablab.authored.answers import Answers


@dataclass
class LabGrader:
    """Everything that judges one lab, shared by all its submissions. Files are read once and kept,
    so processes that are forked after `prepare` have them."""

    course: Course
    lab: Lab
    suite: Suite
    jail: Jail

    def prepare(self) -> None:
        """Read now everything that grading will need."""
        _ = self.released, self.fingerprints, self.version, self.secret
        if any(exercise.uses for exercise in self.lab.exercises):
            _ = self.reference

    @cached_property
    def released(self) -> Released:
        return released_notebook(self.lab.notebook)

    @cached_property
    def fingerprints(self) -> dict[str, Fingerprints]:
        return load(LabCode(self.lab))

    @cached_property
    def version(self) -> str:
        return version_of(self.course.suite(self.lab.id), self.lab.folder)

    @cached_property
    def secret(self) -> bytes:
        return course_secret(self.course)

    @cached_property
    def answers(self) -> Answers:
        from nablab.authored.answers import Answers

        return Answers(self.course, self.course.authored_lab(self.lab.id))

    @cached_property
    def reference(self) -> Mapping[str, Any]:
        """The reference's names, for the checks' own inputs. Never called with student values."""
        return self.answers.namespace()

    @cached_property
    def reference_process(self) -> ReferenceProcess:
        """The reference for follow-through marking. It is called across the boundary, so the
        student's side sees only what it returns."""
        cells = [cell.source for cell in self.answers.cells if cell.kind in (SETUP, EXERCISE)]
        return ReferenceProcess(self.jail, self.lab.limits, cells, self.reference)


def jail_for(lab: Lab, engine: Engine | None = None) -> Jail:
    """A jail with a warm worker that has run the setup shared by all submissions of a lab."""
    setup = released_notebook(lab.notebook).first_setup(lab)
    return Jail(lab.preload, engine, lab.folder / "assets", setup)


def course_secret(course: Course) -> bytes:
    """The course's secret, made on first use. Anyone who has it can predict the hidden inputs."""
    path: Path = course.root / ".course_secret"
    known = path.read_text().strip() if path.is_file() else ""
    if not known:  # a run that was killed may have left an empty file
        with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # two first runs at the same time agree on one secret
            known = file.read().strip() or secrets.token_hex(32)
            file.seek(0)
            file.write(known + "\n")
    try:
        return bytes.fromhex(known)
    except ValueError:
        raise NablabError(
            f"{path} should hold hexadecimal digits only. Put back your course's file, or delete "
            "this one: the next run makes another, and all hidden inputs change."
        ) from None
