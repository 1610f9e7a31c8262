"""Finds the misconception behind a wrong answer by comparing values.

At build time the reference and every mutant are run on a few fixed probe calls. The values that
they return, but no code, are stored beside the notebook. A wrong answer that returns the same as a
mutant on every probe makes that mutant's mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nablab.checking.expect import ATOL_OF_RMS, RTOL, holds_text
from nablab.checking.load import CHECKS, LabCode
from nablab.course import Exercise
from nablab.sandbox import protocol
from nablab.sandbox.student import ChildLost, Handle, Student, StudentError

FILE = "fingerprints.msgpack"
ASKED = "\0asked"  # instead of a probe's arguments: the probe is a function in the checks' file
ERROR = "\0error"  # in a fingerprint, {ERROR: type name} stands for an exception


@dataclass(frozen=True)
class Probe:
    """One fixed call, one name to look up (`args` is None), or `ask`: a function in the checks'
    file that takes the student and returns values."""

    name: str
    args: tuple[Any, ...] | None
    ask: Callable[[Student], Any] | None = None


@dataclass(frozen=True)
class Fingerprints:
    """The values that the reference and the mutants of one exercise return on its probes."""

    probes: tuple[Probe, ...]
    reference: tuple[Any, ...]
    mutants: tuple[tuple[str, str, tuple[Any, ...]], ...]  # name, sentence, values
    hidden_checks: int = 0


@dataclass(frozen=True)
class Diagnosis:
    misconception: str  # the mutant's name
    says: str


NO_DIAGNOSIS = Diagnosis("", "")


def probes_of(entries: Iterable[Any]) -> tuple[Probe, ...]:
    """Read the `PROBES` of an exercise's checks."""
    return tuple(_probe(entry) for entry in entries)


def _probe(entry: Any) -> Probe:
    if isinstance(entry, str):
        return Probe(entry, None)
    if callable(entry):
        return Probe(entry.__name__, None, entry)
    return Probe(entry[0], tuple(entry[1]))


def record(student: Student, probes: Iterable[Probe]) -> tuple[Any, ...]:
    """The values that an answer returns on the probes."""
    values = []
    for probe in probes:
        try:
            value = _answer(student, probe)
            if isinstance(value, Handle):
                value = {ERROR: "object"}
        except StudentError as error:
            value = {ERROR: error.type_name}
        except (ChildLost, MemoryError):
            raise
        except Exception as error:  # the probe itself could not work with the returned value
            value = {ERROR: type(error).__name__}
        values.append(value)
    return tuple(values)


def _answer(student: Student, probe: Probe) -> Any:
    if probe.ask is not None:
        return probe.ask(student)
    value = getattr(student, probe.name)
    if probe.args is None:
        return value
    return value(*probe.args) if isinstance(value, Handle) else {ERROR: "no function"}


def diagnose(student: Student, prints: Fingerprints | None) -> Diagnosis:
    """The mutant that a failing answer behaves like; an empty `Diagnosis` if there is none."""
    if prints is None or not prints.probes:
        return NO_DIAGNOSIS
    try:
        return _likeness(record(student, prints.probes), prints)
    except (ChildLost, MemoryError):
        return NO_DIAGNOSIS


def _likeness(values: tuple[Any, ...], prints: Fingerprints) -> Diagnosis:
    if alike(values, prints.reference):
        return NO_DIAGNOSIS
    for name, says, theirs in prints.mutants:
        if alike(values, theirs):
            return Diagnosis(name, says)
    return NO_DIAGNOSIS


def alike(a: Any, b: Any) -> bool:
    """Are two values equal within the checks' tolerance? Looks into lists, tuples and dicts."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, dict) or isinstance(b, dict):
        return (
            isinstance(a, dict)
            and isinstance(b, dict)
            and a.keys() == b.keys()
            and all(alike(a[key], b[key]) for key in a)
        )
    if isinstance(a, (str, bytes, type(None))) or isinstance(b, (str, bytes, type(None))):
        return type(a) is type(b) and a == b
    if holds_text(a) or holds_text(b):  # NumPy would make every item as wide as the longest
        return False
    try:
        a, b = np.asarray(a), np.asarray(b)
    except ValueError:
        return False
    if a.shape != b.shape or a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
        return False
    with np.errstate(all="ignore"):
        scale = float(np.sqrt(np.mean(np.abs(b.astype(complex)) ** 2))) if b.size else 0.0
        atol = ATOL_OF_RMS * scale if np.isfinite(scale) else 0.0
        return bool(np.allclose(a, b, rtol=RTOL, atol=max(atol, 1e-12), equal_nan=True))


def same(some: dict[str, Fingerprints], others: dict[str, Fingerprints]) -> bool:
    """Are two labs' fingerprints the same, except for last digits, which vary by processor?"""

    def marks(prints: Fingerprints) -> list[Any]:
        probes = [(probe.name, ASKED if probe.ask else probe.args) for probe in prints.probes]
        mutants = [(name, says) for name, says, _ in prints.mutants]
        return [prints.hidden_checks, protocol.encode([probes, mutants])]

    def values(prints: Fingerprints) -> list[Any]:
        return [prints.reference, *(values for _, _, values in prints.mutants)]

    return some.keys() == others.keys() and all(
        marks(some[name]) == marks(others[name]) and alike(values(some[name]), values(others[name]))
        for name in some
    )


def save(path: Path, exercises: dict[str, Fingerprints]) -> None:
    table = {
        exercise: {
            "hidden_checks": prints.hidden_checks,
            "probes": [[probe.name, ASKED if probe.ask else probe.args] for probe in prints.probes],
            "reference": list(prints.reference),
            "mutants": [[name, says, list(values)] for name, says, values in prints.mutants],
        }
        for exercise, prints in exercises.items()
    }
    path.write_bytes(protocol.encode(table))


def load(code: LabCode, only: Exercise | None = None) -> dict[str, Fingerprints]:
    """The fingerprints of a released lab, by exercise: of all exercises, or of `only` one."""
    lab = code.lab
    path = lab.folder / FILE
    if not path.is_file():
        return {}

    def probe(exercise_id: str, name: str, args: Any) -> Probe:
        if not isinstance(args, str):
            return Probe(name, args)
        return Probe(name, None, getattr(code.module(CHECKS, lab.exercise(exercise_id).name), name))

    return {
        exercise_id: Fingerprints(
            probes=tuple(probe(exercise_id, name, args) for name, args in entry["probes"]),
            reference=tuple(entry["reference"]),
            mutants=tuple((name, says, tuple(values)) for name, says, values in entry["mutants"]),
            hidden_checks=entry["hidden_checks"],
        )
        for exercise_id, entry in protocol.decode(path.read_bytes()).items()
        if only is None or exercise_id == only.id
    }
