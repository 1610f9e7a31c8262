"""The terminal that commands write to. Their output holds names, messages and code that a student
controls. None of it may act as Rich markup, an escape sequence or a control character.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from nablab.escaping import clean

LONGEST = 1 << 20


class Terminal(Console):
    """Rich's console that shows all text as plain text, also in a table's cells."""

    def __init__(self, **options: Any):
        super().__init__(**{"highlight": False, "markup": False, "emoji": False, **options})

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(clean(text, LONGEST), **options)


console = Terminal()
