"""Which files of Keras's tests are about classes that nablab has too."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conformance.keras_own.exchange import NAMES, TESTS

FOLDERS = ("layers", "optimizers", "initializers")
OFTEN = 5
"""A file that names our classes less often is about something else: Dense is in every model."""

NAME = "|".join(NAMES)
NAMED = re.compile(rf"\b(?:layers|optimizers|schedules|initializers)\.(?:{NAME})\b|\b(?:{NAME})\(")


def files() -> list[Path]:
    return [
        path
        for folder in FOLDERS
        for path in sorted((TESTS / folder).rglob("*_test.py"))
        if len(NAMED.findall(path.read_text(encoding="utf-8"))) >= OFTEN
    ]
