"""A failure in plain text, for a terminal of 80 columns: wrapped sentences and arrays as aligned
numbers."""

from __future__ import annotations

import textwrap

import numpy as np

from nablab.checking import values
from nablab.checking.explanation import Explanation
from nablab.escaping import clean

COLUMNS = 80


def wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    rest = first if rest is None else rest
    lines: list[str] = []
    for number, part in enumerate(clean(text).splitlines() or [""]):
        indent = rest if number else first
        if part and len(indent) + len(part) <= COLUMNS:  # true of most lines, and much faster
            lines.append(indent + part)
        else:
            lines += textwrap.wrap(
                part, COLUMNS, initial_indent=indent, subsequent_indent=rest
            ) or [""]
    return lines


def explained_lines(explanation: Explanation) -> list[str]:
    """A failure in plain text: its sentence, expected beside yours, the student's own lines."""
    lines = wrapped(explanation.says, "  ")
    sheets = _sheets(explanation)
    if sheets:
        lines += ["", *(f"    {line}".rstrip() for line in sheets)]
    elif explanation.pair:
        lines.append("")
        for name, words in explanation.pair:
            lines += wrapped(words, f"    {name:<9} ", " " * 14)
    if explanation.trace:
        lines += ["", "  In your code:"]
        for line in explanation.trace:
            lines += wrapped(line, "    ", "      ")
    return lines


def _sheets(explanation: Explanation) -> list[str]:
    """Expected and yours as aligned numbers, cut to a part around the first difference, and side by
    side if they fit."""
    outcome = explanation.outcome
    got, expected = values.numbers(outcome.got), values.numbers(outcome.expected)
    if (
        got is None
        or expected is None
        or not got.size
        or not expected.size
        or got.ndim == expected.ndim == 0
    ):
        return []
    where = None
    if got.shape == expected.shape:
        where = values.first_difference(got, expected, outcome.where)
    planes = (values.flat(expected, where), values.flat(got, where))
    (right, ring, _), (wrong, _, _) = planes
    write = values.writer(right, wrong, apart=(wrong[ring], right[ring]) if ring else None)
    titles = (
        f"expected, {values.shape_words(expected.shape)}",
        f"yours, {values.shape_words(got.shape)}",
    )
    for columns in (7, 5):
        blocks = [
            _Block(title, plane, part, write, ring, columns)
            for title, (plane, _, part) in zip(titles, planes, strict=True)
        ]
        width = max(block.width for block in blocks)
        left, other = (block.lines(width) for block in blocks)
        gap = max(map(len, left)) + 4
        single = right.shape[0] == wrong.shape[0] == 1
        if not single and gap + max(map(len, other)) <= COLUMNS - 4:
            height = max(len(left), len(other))
            left, other = (block + [""] * (height - len(block)) for block in (left, other))
            return [f"{a:<{gap}}{b}".rstrip() for a, b in zip(left, other, strict=True)]
        if single:
            break
    return [*left, "", *other]


class _Block:
    """One sheet below its title, with a line that says which part is shown."""

    def __init__(
        self,
        title: str,
        sheet: np.ndarray,
        part: str,
        write: values.Writer,
        ring: values.Where,
        columns: int,
    ):
        window = values.window(sheet.shape, ring, (9 if sheet.shape[0] <= 9 else 5, columns))
        self.words = [[write(value) for value in row] for row in sheet[window].tolist()]
        self.mark = (ring[0] - window[0].start, ring[1] - window[1].start) if ring else None
        self.width = max(len(word) for row in self.words for word in row)
        names = ("rows", "columns") if sheet.shape[0] > 1 else ("", "entries")
        notes = [f"slice {part}"] if part else []
        notes += [
            f"{name} {taken.start}–{taken.stop - 1}"
            for name, taken, size in zip(names, window, sheet.shape, strict=True)
            if taken.stop - taken.start < size
        ]
        self.heads = [title, *([f"({', '.join(notes)})"] if notes else [])]

    def lines(self, width: int) -> list[str]:
        return [*self.heads, *values.grid(self.words, self.mark, width)]
