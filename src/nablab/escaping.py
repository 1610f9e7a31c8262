"""Makes student-controlled text safe for the place where it is shown.

Students control the names of files and folders, messages, code, values and metadata, and a learning
platform's sheet may contain anything. Pages escape such text themselves: `checking.html.templates`.
This module is for the other places.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = tuple("=+-@＝＋－＠")
# In some countries a spreadsheet uses a different cell separator than the file does.
NEXT_CELL = re.compile(r"([;,\t\r\n])(?=\s*[=+\-@＝＋－＠])")

# MathJax looks for formulas in all text of a page and can turn them into links. It skips these.
NO_MATHEMATICS = "tex2jax_ignore mathjax_ignore"


def clean(text: str, limit: int = 2000) -> str:
    """`text` without anything that could disturb a page or a terminal: control characters, escape
    sequences, characters that change the writing direction, and halves of surrogate pairs."""
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    if text.isprintable():  # false for everything dangerous, and for line ends
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
    """A text that a spreadsheet treats as text, whatever it begins with."""
    rest = text.lstrip()
    space = text[: len(text) - len(rest)].replace("\n", " ")
    quote = "'" if rest.startswith(FORMULA) or space.startswith(("\t", "\r")) else ""
    return quote + space + NEXT_CELL.sub(r"\1'", rest)


def text_cell(cell_id: str, heading: str, text: str) -> dict[str, Any]:
    """A notebook cell that shows `text`. The text is an output, because Markdown would be
    interpreted, and a program that displays notebooks would run its scripts and follow its links.
    `heading` is not escaped."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "source": f"# {heading}",
        "outputs": [{"output_type": "stream", "name": "stdout", "text": clean(text, 1 << 20)}],
    }
