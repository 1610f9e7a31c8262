"""The tests of Keras that nablab does not pass, and why: reads table.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

TABLE = tomllib.loads(Path(__file__).with_name("table.toml").read_text(encoding="utf-8"))
KERAS: str = TABLE["keras"]
"""The version of Keras whose tests the table lists."""

KINDS: tuple[str, ...] = tuple(TABLE["reasons"])
"""argument left out, other default, internal of Keras, …"""


@dataclass(frozen=True)
class Entry:
    """Some tests of one class of tests, by a pattern, and why they do not pass."""

    owner: str  # dense.DenseTest
    pattern: str
    kind: str
    why: str

    def names(self, owner: str, test: str) -> bool:
        return owner == self.owner and fnmatchcase(test, self.pattern)


def entries(backend: str) -> list[Entry]:
    return [*_read("everywhere"), *_read(backend)]


def _read(part: str) -> Iterator[Entry]:
    for file, classes in TABLE.get(part, {}).items():
        for name, reasons in classes.items():
            for reason, patterns in reasons.items():
                kind, why = reason_of(reason)
                for pattern in patterns:
                    yield Entry(f"{file}.{name}", pattern, kind, why)


def reason_of(reason: str) -> tuple[str, str]:
    """Its kind and its sentence."""
    for kind, sentences in TABLE["reasons"].items():
        if reason in sentences:
            return kind, sentences[reason]
    raise KeyError(f"table.toml: [reasons] has no {reason!r}")
