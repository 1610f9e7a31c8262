"""Turns cards and pages into HTML with Jinja2 templates, which escape every value filled in."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from nablab.checking.runner import FAILED, FAULT, PASSED, SKIPPED, Outcome
from nablab.escaping import NO_MATHEMATICS, clean

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
UNWRITTEN = "unwritten"
MARKS = {PASSED: "✓", FAILED: "✗", SKIPPED: "–", FAULT: "!", UNWRITTEN: "○"}
SAID = {
    PASSED: "passed",
    FAILED: "failed",
    SKIPPED: "not run",
    FAULT: "could not judge",
    UNWRITTEN: "not written yet",
}


@lru_cache(maxsize=4)
def templates(*folders: Path) -> Environment:
    """The Jinja environment for the templates in these folders and the card's own. Every value put
    into a page is cleaned of control characters and then escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=lambda value: clean(value, 1 << 20) if type(value) is str else value,
    )
    environment.filters.update(clean=clean, number=number, prose=prose)
    environment.globals.update(MARKS=MARKS, SAID=SAID, state_of=state_of, css=_css)
    environment.globals.update(NO_MATHEMATICS=NO_MATHEMATICS)
    return environment


def prose(text: str) -> Markup:
    """A sentence as HTML: escaped, with text between backticks shown as code."""
    from markupsafe import Markup, escape

    parts = re.split(r"`([^`\n]+)`", clean(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number_ % 2 else escape(part)
        for number_, part in enumerate(parts)
    )


def state_of(outcome: Outcome) -> str:
    """An outcome's state as it is shown: an answer that is not written yet has not failed."""
    return UNWRITTEN if outcome.state == FAILED and outcome.kind == UNWRITTEN else outcome.state


@lru_cache
def _css(path: Path = TEMPLATES / "card.css") -> str:
    return path.read_text(encoding="utf-8")


def number(value: float) -> str:
    """Points as people write them: `8`, `7.5`."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
