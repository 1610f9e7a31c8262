"""The reference, its mutants and its variants as namespaces to check."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nablab.authored.read import EXERCISE, SETUP, SourceCell, read_cells
from nablab.checking.fingerprint import Probe, probes_of
from nablab.checking.load import CHECKS, LabCode
from nablab.checking.mark import MUTANT, VARIANT, Alternative, Check
from nablab.course import Course, Lab
from nablab.errors import BadLab
from nablab.sandbox.student import LocalLink, Student


@dataclass(frozen=True)
class Answers:
    """Everything that the proof of one lab needs. It runs the author's own code in this process,
    never a student's."""

    course: Course
    lab: Lab

    @cached_property
    def cells(self) -> list[SourceCell]:
        return read_cells(self.lab)

    @cached_property
    def code(self) -> LabCode:
        return LabCode(self.lab, self.course.suite(self.lab.id))

    @cached_property
    def visible(self) -> list[Check]:
        return [check for one in self.lab.exercises for check in self.code.visible(one)]

    @cached_property
    def hidden(self) -> list[Check]:
        return [check for one in self.lab.exercises for check in self.code.hidden(one)]

    @cached_property
    def mutants(self) -> list[Alternative]:
        return [item for one in self.lab.exercises for item in self.code.alternatives(MUTANT, one)]

    @cached_property
    def variants(self) -> list[Alternative]:
        return [item for one in self.lab.exercises for item in self.code.alternatives(VARIANT, one)]

    @cached_property
    def probes(self) -> dict[str, tuple[Probe, ...]]:
        modules = {one.id: self.code.module(CHECKS, one.name) for one in self.lab.exercises}
        return {name: probes_of(getattr(module, "PROBES", ())) for name, module in modules.items()}

    def namespace(self) -> dict[str, Any]:
        """A fresh namespace in which the setup cells and every solution have run."""
        names: dict[str, Any] = {"__name__": "__main__"}
        for cell in self.cells:
            if cell.kind in (SETUP, EXERCISE):
                try:
                    exec(
                        compile(cell.source, f"<{self.lab.id} {cell.exercise or 'setup'}>", "exec"),
                        names,
                    )
                except Exception as error:
                    raise BadLab(
                        f"{self.lab.folder}/lab.py: the reference of {cell.exercise or 'setup'} "
                        f"raises {type(error).__name__}: {error}."
                    ) from error
        return names

    @contextmanager
    def answering(
        self, exercise_id: str, alternative: Alternative | None = None
    ) -> Iterator[Student]:
        """The reference as a `student`, with the names of a mutant or variant instead of its own.

        One namespace serves the whole lab, because its cells take longer than most checks. If an
        answer has changed an array in it, it is made again."""
        names, arrays = self._shared
        before = dict(names)
        if alternative is not None:
            names.update(alternative.names)
        try:
            yield Student(LocalLink(names), self.lab.exercise(exercise_id).signatures)
        finally:
            names.clear()
            names.update(before)
            if _samples_of_arrays(names) != arrays:
                del self.__dict__["_shared"]

    @cached_property
    def _shared(self) -> tuple[dict[str, Any], dict[str, bytes]]:
        names = self.namespace()
        return names, _samples_of_arrays(names)


def _samples_of_arrays(names: dict[str, Any]) -> dict[str, bytes]:
    """Some entries of each array, to detect that it was changed."""
    return {
        name: value.reshape(-1)[:: max(1, value.size // 4096)].tobytes()
        for name, value in names.items()
        if isinstance(value, np.ndarray) and value.dtype != object
    }
