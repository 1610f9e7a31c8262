"""One exercise of one submission in the jail: opens a child, loads the cells, opens another when
that one is lost."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nablab.course import Exercise, Lab
from nablab.grading.records import Cell, Work
from nablab.sandbox.cells import named_in
from nablab.sandbox.host import Child, Jail
from nablab.sandbox.student import ChildLost, LocalLink, StudentError

BLOCKED = re.compile(r"It (?:imports|calls) (?P<name>[\w.]+):")
TIME_OUTS_ALLOWED = 2
OPENS_ALLOWED = 40


class ReferenceAnswer(LocalLink):
    """The reference in an answer's place: what a check cannot judge here is the check's fault."""

    child = None

    def begin_test(self) -> None:
        pass


@dataclass
class Sitting:
    """What the exercises of one submission share: its time, and the cells that ran out of time or
    ended their process and are not run again."""

    until: float
    stuck: dict[str, str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.until


class Answer:
    """A `student.Link` to the student's code for one exercise.

    A child that is lost costs the test that lost it; the next test gets a fresh one. After two
    time-outs the rest is not run.
    """

    def __init__(
        self,
        jail: Jail,
        lab: Lab,
        exercise: Exercise,
        work: Work,
        sitting: Sitting,
        replace: Mapping[str, Any] | None = None,
    ):
        self.jail = jail
        self.lab = lab
        self.exercise = exercise
        self.cells = work.cells_for(exercise.id)
        self.sitting = sitting
        self.replace = dict(replace or {})
        self.child: Child | None = None
        self.opens = 0
        self.time_outs = 0
        self.forbidden = ""
        self.cell_errors: dict[str, dict[str, Any]] = {}
        self.suspicious: dict[str, None] = {}  # sentences, each once and in order
        self.cpu_s = 0.0
        self.memory_mb = 0.0
        self._deadline: float | None = None

    def begin_test(self) -> None:
        """A new test begins: its time is counted from here, the loading of cells aside."""
        self._deadline = None

    def request(self, op: str, **arguments: Any) -> Any:
        child = self._live_child()
        if self._deadline is None:
            self._deadline = min(time.monotonic() + self.lab.limits.test_s, self.sitting.until)
        child.test_deadline = self._deadline
        try:
            return child.request(op, **arguments)
        except StudentError as error:
            self._notice(error.type_name, error.message)
            raise self._blamed_on_cell(error) from None

    def close(self) -> None:
        if self.child is not None:
            lost = self.child.lost
            self.time_outs += lost is not None and lost.reason == "time"
            if lost is not None and lost.reason == "protocol":
                self.suspicious[lost.says] = None
            used = self.child.end()
            self.cpu_s += used["cpu_s"]
            self.memory_mb = max(self.memory_mb, used["memory_mb"])
            self.child = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the cells: those that raised and those that were not run."""
        raised = [
            f"Cell {cell} raised {error['type']}: {error['message']}".rstrip(": ")
            for cell, error in self.cell_errors.items()
        ]
        loaded = {cell.id for cell in self.cells}
        return (
            *raised,
            *(
                f"Cell {cell} was not run: {why}"
                for cell, why in self.sitting.stuck.items()
                if cell in loaded
            ),
        )

    def _live_child(self) -> Child:
        if self.child is not None and self.child.lost is None:
            return self.child
        self.close()
        if self.forbidden:
            raise StudentError("ForbiddenCall", self.forbidden)
        if self.time_outs >= TIME_OUTS_ALLOWED:
            raise ChildLost("time", f"Not run: {self.time_outs} calls before it ran out of time.")
        while True:
            if self.sitting.over:
                limit = self.lab.limits.submission_s
                raise ChildLost("time", f"Not run: the notebook has used up its {limit:g} s.")
            self.opens += 1
            if self.opens > OPENS_ALLOWED:
                raise ChildLost("exit", "Not run: the process was lost too many times before.")
            child = self.jail.open(self.lab.limits, self.exercise.forbid)
            if self._load(child):
                self.child = child
                return child

    def _load(self, child: Child) -> bool:
        """Run the cells in a fresh child; False if one of them cost the child its life. All is
        asked for at once: each cell is read for forbidden names before any of them runs."""
        self.cell_errors = {}
        cells = [
            cell
            for cell in self.cells
            if (
                cell.source not in self.jail.setup
                if cell.trusted
                else cell.id not in self.sitting.stuck
            )
        ]
        running = cells[0].id if cells else ""
        replies = child.request_all(self.lab.limits.cell_s, self._requests(cells))
        try:
            if self.exercise.forbid:
                next(replies)
                self.forbidden = "".join(str(next(replies) or "") for _ in cells)
                next(replies)
            if self.forbidden:
                child.end()
                raise StudentError("ForbiddenCall", self.forbidden)
            for cell in cells:
                running = cell.id
                error = next(replies)
                if self.sitting.over:
                    child.end()
                    return False
                if isinstance(error, dict):
                    self.cell_errors[cell.id] = {
                        "type": str(error.get("type"))[:100],
                        "message": str(error.get("message"))[:500],
                    }
                    self._notice(**self.cell_errors[cell.id])
        except ChildLost as lost:
            self.sitting.stuck[running] = lost.says
            if lost.reason == "protocol":
                self.suspicious[lost.says] = None
            return False
        finally:
            replies.close()
        if self.replace:
            child.request("put", names=self.replace)
        return True

    def _notice(self, type: str, message: str) -> None:
        """A block that was met by a name which no cell shows, nor a library asked for: one that was
        put together as the code ran, by getattr, importlib or eval."""
        blocked = BLOCKED.match(message) if type == "ForbiddenCall" else None
        own = (cell.source for cell in self.cells if not cell.trusted)
        if blocked and not named_in(own, blocked["name"]):
            self.suspicious[
                "What this exercise forbids was asked for while it ran, by a name that no cell "
                f"shows. {message}"
            ] = None

    def _requests(self, cells: list[Cell]) -> Iterator[tuple[str, dict[str, Any]]]:
        if self.exercise.forbid:
            yield "forbid", {"names": list(self.exercise.forbid)}
            for cell in cells:
                yield (
                    "scan",
                    {
                        "cell_id": cell.id,
                        "source": cell.source,
                        "judged": cell.exercise == self.exercise.id,
                    },
                )
            yield "block", {}
        for cell in cells:
            yield "cell", {"cell_id": cell.id, "source": cell.source}

    def _blamed_on_cell(self, error: StudentError) -> StudentError:
        """A name that is missing because its cell raised is that cell's error."""
        own = self.cell_errors.get(self.exercise.id)
        if error.type_name != "MissingName":
            return error
        if own is not None:
            return StudentError(
                own["type"],
                f"{own['message']} (while the cell of exercise "
                f"{self.exercise.id} ran, so `{error.message}` is not there)",
            )
        return error
