"""Runs one exercise's checks against a `student` and records the outcome of each."""

from __future__ import annotations

import hashlib
import inspect
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nablab.checking.expect import NOTHING, Mismatch, SuiteFault
from nablab.checking.mark import STAGES, Check
from nablab.sandbox.protocol import NotAValue
from nablab.sandbox.student import ChildLost, Student, StudentError

LARGEST_SHOWN = 4 << 20  # bytes; a larger value is not kept for display
PASSED, FAILED, SKIPPED, FAULT = "passed", "failed", "skipped", "fault"


@dataclass(frozen=True)
class Outcome:
    """The result of one check on one answer."""

    name: str
    title: str
    stage: str
    state: str  # passed, failed, skipped (an earlier one failed) or fault (a bug in the check)
    hidden: bool = False
    reveal: bool = False  # whether a hidden check's values may be shown
    says: str = ""
    got: Any = NOTHING
    expected: Any = NOTHING
    where: tuple[int, ...] | None = None
    given: dict[str, Any] = field(default_factory=dict)
    trace: tuple[str, ...] = ()
    kind: str = ""  # what failed: "mismatch", "error", "unwritten", "missing", "time", "exit", …
    seconds: float = 0.0


def generator(*words: str) -> np.random.Generator:
    """A random generator that depends on these words only."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


def in_stage_order(checks: Iterable[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: STAGES.index(check.stage))


def run_checks(
    checks: Iterable[Check], student: Student, *, seed: str = "", stop: bool = True
) -> list[Outcome]:
    """Run checks in the order of their stages. If `stop`, skip the rest after a failure."""
    outcomes: list[Outcome] = []
    failed = False
    for check in in_stage_order(checks):
        if failed and stop:
            outcomes.append(Outcome(check.name, check.title, check.stage, SKIPPED))
            continue
        outcomes.append(run_check(check, student, seed))
        failed = outcomes[-1].state != PASSED
    return outcomes


def run_check(check: Check, student: Student, seed: str = "") -> Outcome:
    """Run one check. Any exception becomes an outcome."""
    arguments: dict[str, Any] = {"student": student}
    if "rng" in inspect.signature(check.function).parameters:
        arguments["rng"] = generator(seed, check.exercise, check.name)
    begun = time.monotonic()
    try:
        check.function(**arguments)
        outcome = Outcome(check.name, check.title, check.stage, PASSED)
    except Exception as error:
        outcome = outcome_of(check, error)
    return replace(outcome, seconds=time.monotonic() - begun)


def outcome_of(check: Check, error: BaseException, hidden: bool = False) -> Outcome:
    """The outcome of a check that raised `error`."""

    def failed(says: str, kind: str, **more: Any) -> Outcome:
        state = FAULT if kind == "fault" else FAILED
        return Outcome(
            check.name,
            check.title,
            check.stage,
            state,
            hidden,
            check.reveal,
            says,
            kind=kind,
            **more,
        )

    if isinstance(error, Mismatch):
        return failed(
            error.says,
            "mismatch",
            got=_light(error.got),
            expected=_light(error.expected),
            where=error.where,
            given={name: _light(value) for name, value in error.given.items()},
        )
    if isinstance(error, StudentError):
        return failed(*sentence_for(error), trace=error.trace)
    if isinstance(error, ChildLost):
        return failed(error.says, error.reason)
    if isinstance(error, AssertionError):
        return failed(str(error) or "The check's condition does not hold.", "mismatch")
    if isinstance(error, SuiteFault):
        return failed(f"The check itself is at fault: {error}.", "fault")
    if isinstance(error, MemoryError):
        return failed("The check itself is at fault: it ran out of memory.", "fault")
    if isinstance(error, NotAValue):
        return failed(f"The check itself is at fault: {error}.", "fault")
    return failed(f"The check itself is at fault: {type(error).__name__}: {error}.", "fault")


def _light(value: Any) -> Any:
    """`value`, or `NOTHING` if it is too large to keep for display."""
    left = [LARGEST_SHOWN]
    return value if _fits(value, left) else NOTHING


def _fits(value: Any, left: list[int]) -> bool:
    kind = type(value)
    if kind in (list, tuple):
        left[0] -= 8 * len(value)
        return left[0] >= 0 and all(_fits(item, left) for item in value)
    if kind is dict:
        return _fits([*value, *value.values()], left)
    left[0] -= value.nbytes if isinstance(value, np.ndarray) else sys.getsizeof(value)
    return left[0] >= 0


def sentence_for(error: StudentError) -> tuple[str, str]:
    """The sentence about an exception in the student's code, and its kind."""
    name, message = error.type_name, error.message
    if name == "NotImplementedError":
        return "Not written yet: the cell still raises NotImplementedError.", "unwritten"
    if name == "MissingName":
        return (
            f"There is no `{message}` in the notebook: run the cell that defines it, "
            "under exactly this name."
        ), "missing"
    if name == "CellStopped":
        return message, "missing"
    if name == "NotAValue":
        return f"What it returned cannot be judged: {message}.", "mismatch"
    if name == "RecursionError":
        return "It calls itself without end (RecursionError): is there a case that stops?", "error"
    if name == "SystemExit":
        return (
            "It calls `exit` or `sys.exit`, which ends the whole program: return a value.",
            "error",
        )
    if name == "ForbiddenCall":
        return message, "forbidden"
    if name == "NotHere":
        return message, "error"
    return f"Your code raised {name}: {message}".rstrip(": .") + ".", "error"
