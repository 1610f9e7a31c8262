"""Text that somebody else chose, made fit for the place where it is shown.

A student chooses the names of files and folders, messages, code, values and metadata; a learning
platform's sheet may hold anything. A page escapes them by itself: `checking.card.templates`. Here
is what the other places need.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# A cell that begins so is a formula for a spreadsheet.
FORMULA = tuple("=+-@＝＋－＠")
# In some countries a spreadsheet separates cells by another sign than the file does.
NEXT_CELL = re.compile(r"([;,\t\r\n])(?=\s*[=+\-@＝＋－＠])")

# MathJax finds formulas in whatever a page says, and makes links of them; not in these.
NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"


def clean(text: str, limit: int = 2000) -> str:
    """`text` without what could disturb a page or a terminal: control characters, escape
    sequences, characters that turn the direction of writing, halves of surrogate pairs."""
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    if text.isprintable():  # false for all that is dangerous, and for line ends
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else _harmless(char)
        for char in text.replace("\r\n", "\n").replace("\t", "    ")
    )


def _harmless(char: str) -> str:
    if unicodedata.category(char) == "Zs":
        return " "
    return f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"


def spreadsheet_text(text: str) -> str:
    """A text that a spreadsheet takes for a text, whatever it begins with."""
    rest = text.lstrip()
    space = text[: len(text) - len(rest)].replace("\n", " ")
    quote = "'" if rest.startswith(FORMULA) or space.startswith(("\t", "\r")) else ""
    return quote + space + NEXT_CELL.sub(r"\1'", rest)


def text_cell(cell_id: str, heading: str, text: str) -> dict[str, Any]:
    """A notebook's cell that says `text`. It is an output, for Markdown would be interpreted: what
    displays a notebook runs scripts and follows links in it. `heading` is not escaped."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "source": f"# {heading}",
        "outputs": [{"output_type": "stream", "name": "stdout", "text": clean(text, 1 << 20)}],
    }
