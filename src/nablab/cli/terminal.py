"""The terminal that commands write to. What they say holds names, messages and code that a student
chose: none of it is Rich's markup, an escape sequence or another character that the terminal obeys.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from nablab.escaping import clean

LONGEST = 1 << 20


class Terminal(Console):
    """Rich's console for text that is only text, also in a table's cells."""

    def __init__(self, **options: Any):
        super().__init__(**{"highlight": False, "markup": False, "emoji": False, **options})

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(clean(text, LONGEST), **options)


console = Terminal()
