"""One exercise of one submission in the jail: opens a child and loads the cells into it; if that
child is lost, opens another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nablab.course import Exercise, Lab
from nablab.grading.judge.identifiers import identifiers
from nablab.grading.judge.submission_state import SubmissionState
from nablab.grading.records import Cell, Work
from nablab.sandbox.host import Child, Jail
from nablab.sandbox.student import ChildLost, LocalLink, StudentError

BLOCKED = re.compile(r"It (?:imports|calls) (?P<name>[\w.]+):")
UNDEFINED = re.compile(r"name '(?P<name>\w+)' is not defined")
DRAWS = re.compile(
    r"matplotlib|pylab|mpl_toolkits|seaborn|IPython|ipywidgets|tqdm|display|get_ipython"
    r"|^[ \t]*[%!?]|=[ \t]*[%!]|\?[ \t]*$",
    re.MULTILINE,
)
"""Code that needs Matplotlib or IPython, which are loaded only for cells with such code."""
PATIENT_TIME_OUTS = 2
HURRY = 5  # after those time-outs, the time for a call is divided by this
OPENS_ALLOWED = 40
MOST_BLOCKS = 20  # that are reported for one exercise


class ReferenceAnswer(LocalLink):
    """The reference as an answer: if a check cannot judge it, the check is at fault."""

    child = None

    def begin_test(self) -> None:
        pass


class Answer:
    """A `student.Link` to the student's code for one exercise.

    If a child is lost, the test that lost it fails, and the next test gets a fresh child. After
    two time-outs the calls that follow have less time each.
    """

    def __init__(
        self,
        jail: Jail,
        lab: Lab,
        exercise: Exercise,
        work: Work,
        state: SubmissionState,
        replace: Mapping[str, Any] | None = None,
    ):
        self.jail = jail
        self.lab = lab
        self.exercise = exercise
        self.cells = work.cells_for(exercise.id)
        self.by_id = {cell.id: cell for cell in self.cells}
        self.draws = any(DRAWS.search(cell.source) for cell in self.cells if not cell.trusted)
        self.state = state
        self.replace = dict(replace or {})
        self.child: Child | None = None
        self.opens = 0
        self.time_outs = 0
        self.slowest_s = 0.0  # of the calls so far
        self.forbidden = ""
        self.cell_errors: dict[str, CellError] = {}
        self.skipped: dict[str, str] = {}  # cell -> what it had to go on without
        self.pictures: set[str] = set()  # picture cells that bind names which other cells need
        self.blocked: dict[str, str] = {}  # messages of forbidden calls -> the name in them
        self.suspicious: dict[str, None] = {}  # sentences, each once and in order
        self.asked_for = ""  # the name in the student's code that a check last used
        self.cpu_s = 0.0
        self.memory_mb = 0.0

    def begin_test(self) -> None:
        """Start a new test: its time is counted from here, without the loading of cells."""
        if self.child is not None:
            self.child.test = None

    def request(self, op: str, **arguments: Any) -> Any:
        child = self._live_child()
        if child.test is None:
            child.test = child.allowance(self.lab.limits.test_s)
        begun = time.monotonic()
        if op == "get":
            self.asked_for = str(arguments["name"])
        try:
            return child.request_within(self.call_s, op, **arguments)
        except StudentError as error:
            seen = f"at {error.trace[-1]}" if error.trace else f"when {self._called}"
            self._notice(error.type_name, error.message, seen)
            raise self._blamed_on_cell(error) from None
        finally:
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)

    @property
    def call_s(self) -> float:
        hurry = HURRY if self.time_outs >= PATIENT_TIME_OUTS else 1
        return self.lab.limits.call_s / hurry

    def close(self) -> None:
        if self.child is not None:
            lost = self.child.lost
            self.time_outs += lost is not None and lost.reason == "time"
            if lost is not None and lost.reason == "protocol":
                self._notice_channel(lost, f"when {self._called}")
            self._see_out(self.child)
            self.child = None

    def _see_out(self, child: Child) -> None:
        used = self.state.see_out(child)
        self.cpu_s += used["cpu_s"]
        self.memory_mb = max(self.memory_mb, used["memory_mb"])

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the cells: which stopped, which were not run, what they had to go on without;
        and which limits were met."""
        limits = [
            f"In exercise {self.exercise.id} {self.time_outs} calls ran out of time; those after "
            f"the first {PATIENT_TIME_OUTS} had {self.lab.limits.call_s / HURRY:g} s each."
        ]
        return (
            *self.stopped,
            *(
                f"{_capital(self.by_id[name].says)} went on without {says.rstrip('.')}."
                for name, says in self.skipped.items()
            ),
            *(limits if self.time_outs > PATIENT_TIME_OUTS else ()),
        )

    @property
    def stopped(self) -> dict[str, tuple[str, str]]:
        """The notes on cells that raised or are not run again: whose cell, what became of it."""
        found = {}
        for name, error in self.cell_errors.items():
            cell = self.by_id[name]
            found[f"{_capital(cell.says)} stopped: {error}."] = (cell.owner, f"raised {error.type}")
        for name, why in self.state.stuck.items():
            if name in self.by_id:
                cell = self.by_id[name]
                note = f"{_capital(cell.says)} was not run again: {why}"
                found[note] = (cell.owner, "was not run again")
        return found

    def _live_child(self) -> Child:
        if self.child is not None and self.child.lost is None:
            return self.child
        self.close()
        if self.forbidden:
            raise StudentError("ForbiddenCall", self.forbidden)
        while True:
            if self.state.over():
                limit = self.lab.limits.submission_s
                raise ChildLost("time", f"Not run: the notebook has used up its {limit:g} s.")
            self.opens += 1
            if self.opens > OPENS_ALLOWED:
                raise ChildLost("exit", "Not run: the process was lost too many times before.")
            child = self.jail.open(self.lab.limits, self.exercise.forbid, self.draws)
            if self._load(child) and not self._wants_pictures(child):
                self.child, child.front = child, self
                return child
            self._see_out(child)

    def _load(self, child: Child) -> bool:
        """Run the cells in a fresh child; False if one of them ended it. All requests are sent
        ahead, and every cell is scanned for forbidden names before any of them runs."""
        self.cell_errors, self.skipped = {}, {}
        cells = [cell for cell in self.cells if self._is_loaded(cell)]
        running = cells[0].id if cells else ""
        replies = child.request_all(self.lab.limits.cell_s, self._requests(cells))
        try:
            if self.exercise.forbid:
                next(replies)
                self.forbidden = "".join(str(next(replies) or "") for _ in cells)
                next(replies)
            if self.forbidden:
                self._see_out(child)
                raise StudentError("ForbiddenCall", self.forbidden)
            for cell in cells:
                running = cell.id
                self._note_reply(cell, next(replies))
                if self.state.over(child):
                    return False
        except ChildLost as lost:
            self.state.stuck[running] = lost.says
            if lost.reason == "protocol":
                self._notice_channel(lost, f"while {self._place(running)} ran")
            return False
        finally:
            replies.close()
        if self.replace:
            child.request("put", names=self.replace)
        return True

    def _is_loaded(self, cell: Cell) -> bool:
        if cell.picture:
            return cell.id in self.pictures and cell.id not in self.state.stuck
        if cell.trusted:
            return cell.source not in self.jail.setup
        return cell.id not in self.state.stuck

    def _note_reply(self, cell: Cell, reply: Any) -> None:
        """Note a child's reply about a cell that it ran. The size is bounded, whatever it says."""
        if not isinstance(reply, dict):
            return
        if "type" in reply:
            error = CellError.of(reply)
            self.cell_errors[cell.id] = error
            if cell.is_judged_for(self.exercise.id):
                self._notice(error.type, error.message, f"at line {error.line} of {cell.place}")
        elif isinstance(reply.get("skipped"), list):
            self.skipped[cell.id] = "; ".join(str(one)[:300] for one in reply["skipped"][:5])

    def _wants_pictures(self, child: Child) -> bool:
        """Whether cells need names that picture cells bind. Those picture cells are then run too,
        as "Run All" runs them. The others would only draw, and some train for minutes."""
        left = [
            cell
            for cell in self.cells
            if cell.picture and cell.id not in self.pictures and cell.id not in self.state.stuck
        ]
        if not left:
            return False
        try:
            wanted = child.request("wanted", sources=[cell.source for cell in left])
        except (StudentError, ChildLost):
            return False
        if not isinstance(wanted, list):
            return False
        found = {left[n].id for n in wanted if type(n) is int and 0 <= n < len(left)}
        self.pictures |= found
        return bool(found)

    @property
    def _called(self) -> str:
        return f"a check called `{self.asked_for}`" if self.asked_for else "a check began"

    def _place(self, cell_id: str) -> str:
        return self.by_id[cell_id].place if cell_id in self.by_id else "the notebook"

    def _notice_channel(self, lost: ChildLost, seen: str) -> None:
        self.suspicious[
            f"{lost.says} Seen {seen}. Look there, and in what it calls, for code that opens "
            "descriptors or sockets."
        ] = None

    def _notice(self, type: str, message: str, seen: str) -> None:
        """Keep the message of a forbidden call that was blocked, unless a library made the call."""
        blocked = BLOCKED.match(message) if type == "ForbiddenCall" else None
        if blocked and len(self.blocked) < MOST_BLOCKS:
            self.blocked[f"{message} Seen {seen}."] = blocked["name"]

    def suspicions(self) -> tuple[str, ...]:
        """Suspicious things for a person to judge. They include forbidden names that no cell shows:
        names that were put together as the code ran, with getattr, importlib or eval."""
        shown = self._shown() if self.blocked else set()
        hidden = (
            "While it ran, the code used something that this exercise forbids, by a name that no "
            f"cell shows. {message} Look there for getattr, importlib, eval or exec."
            for message, name in self.blocked.items()
            if name not in shown
        )
        return (*self.suspicious, *hidden)

    def _shown(self) -> set[str]:
        """The blocked names that the cells show. The cells are parsed in a fresh child, in which
        none of them has run. If that ends the child, they are only searched for identifiers."""
        sources = [cell.source for cell in self.cells]
        names = list(dict.fromkeys(self.blocked.values()))
        child = self.jail.open(self.lab.limits)
        try:
            limit_s = self.lab.limits.cell_s
            return set(child.request_within(limit_s, "named", sources=sources, names=names))
        except (StudentError, ChildLost):
            words = set().union(*map(identifiers, sources))
            return {name for name in names if name.rpartition(".")[2] in words}
        finally:
            self._see_out(child)

    def _requests(self, cells: list[Cell]) -> Iterator[tuple[str, dict[str, Any]]]:
        given = [
            {
                "cell_id": cell.id,
                "source": cell.source,
                "judged": cell.is_judged_for(self.exercise.id),
            }
            for cell in cells
        ]
        if self.exercise.forbid:
            yield "forbid", {"names": list(self.exercise.forbid)}
            for one in given:
                yield "scan", one
            yield "block", {}
        for one in given:
            yield "cell", one

    def _blamed_on_cell(self, error: StudentError) -> StudentError:
        """If a name is missing because a cell stopped before defining it, blame that cell."""
        if error.type_name == "MissingName":
            name = error.message
        elif error.type_name == "NameError" and (found := UNDEFINED.match(error.message)):
            name = found["name"]
        else:
            return error
        cell_id = next((c for c, e in self.cell_errors.items() if name in e.names), "")
        if not cell_id and error.type_name == "MissingName":
            cell_id = next((c for c in self.cell_errors if self._is_judged(c)), "")
        if cell_id:
            stopped = self.cell_errors[cell_id]
            where = f"line {stopped.line} of {self.by_id[cell_id].says}"
            if error.type_name == "MissingName":
                says = f"{stopped.message} (at {where}, so `{name}` is not defined)"
                return StudentError(stopped.type, says, stopped.trace)
            says = f"{error.message}, because {where} raised {stopped.type}: {stopped.message}"
            return StudentError("NameError", says, error.trace)
        for cell_id, why in self.state.stuck.items():
            if cell_id in self.by_id:
                says = (
                    f"`{name}` is not defined: {self.by_id[cell_id].says} was not run again. {why}"
                )
                return StudentError("CellStopped", says, error.trace)
        return error

    def _is_judged(self, cell_id: str) -> bool:
        return self.by_id[cell_id].is_judged_for(self.exercise.id)


@dataclass(frozen=True)
class CellError:
    """Why a cell stopped, where, and the names that it did not get to define."""

    type: str
    message: str
    line: int
    names: frozenset[str]
    trace: tuple[str, ...]

    @classmethod
    def of(cls, reply: dict[str, Any]) -> CellError:
        """Read from a child's reply, which is not trusted: types and sizes are bounded."""
        line = reply.get("line")
        return cls(
            str(reply.get("type"))[:100],
            str(reply.get("message"))[:500],
            line if type(line) is int else 0,
            frozenset(_words(reply.get("names"), most=200)),
            _words(reply.get("trace"), most=8),
        )

    def __str__(self) -> str:
        where = f"line {self.line} raised " if self.line else ""
        return f"{where}{self.type}: {self.message}".rstrip(": .")


def _words(told: Any, most: int) -> tuple[str, ...]:
    return tuple(str(one)[:300] for one in told[:most]) if type(told) is list else ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
