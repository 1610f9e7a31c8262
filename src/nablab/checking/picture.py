"""Arrays as pictures for a check's card: expected beside got, and their difference.

They are written directly as inline SVG: a card must not wait for a plotting library, and a class of
hundreds has thousands of pictures. Expected and got share one colour scale; the difference has its
own. Small sheets show their numbers in the squares. Larger ones get an overview of at most 64×64
entries and a close-up around the first difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from nablab.checking import drawing, values
from nablab.checking.drawing import OVERVIEW, Sheet, limit_of
from nablab.checking.values import Where, shape_words

BREAK = '<div style="flex-basis:100%;height:0"></div>'


@dataclass(frozen=True)
class Picture:
    """Markup with inline SVG, empty if there is nothing to draw, and the same in words."""

    svg: str
    alt: str


def compare(got: Any, expected: Any, where: Where = None) -> Picture:
    """Expected beside got, and their difference if they have the same shape.

    Args:
        where: the index at which they first differ; it is searched for if None.
    """
    a, b = values.numbers(got), values.numbers(expected)
    if a is None or b is None or a.ndim == b.ndim == 0:
        return Picture("", f"Expected {values.in_words(expected)}, yours {values.in_words(got)}.")
    if a.shape != b.shape:
        return _shapes_differ(a, b)
    if a.size == 0:
        return Picture("", f"Both are empty, of shape {shape_words(a.shape)}.")
    where = values.first_difference(a, b, where)
    right, ring, part = values.flat(b, where)
    wrong, _, _ = values.flat(a, where)
    gap = values.difference(wrong, right)
    limit = limit_of(right, wrong)
    write = values.writer(right, wrong, apart=(wrong[ring], right[ring]) if ring else None)
    sheets = [
        Sheet(right, "expected", limit, write, ring),
        Sheet(wrong, "yours", limit, write, ring),
        Sheet(gap, "yours − expected", limit_of(gap), values.writer(gap), ring, is_difference=True),
    ]
    return _drawn(sheets, _difference_in_words(a, b, gap, where, part), _slice_note(part, a.shape))


def one(array: Any, caption: str) -> Picture:
    """One array, such as an input of a check."""
    found = values.numbers(array)
    if found is None or found.ndim == 0 or found.size == 0:
        return Picture("", f"{caption}: {values.in_words(array)}")
    plane, _, part = values.flat(found)
    title = f"{caption}, {shape_words(found.shape)}"
    sheet = Sheet(plane, title, limit_of(plane), values.writer(plane))
    return _drawn([sheet], f"{title}{_entries(plane)}", _slice_note(part, found.shape))


def _shapes_differ(a: np.ndarray, b: np.ndarray) -> Picture:
    names = (f"expected, {shape_words(b.shape)}", f"yours, {shape_words(a.shape)}")
    alt = f"The shapes differ: {names[0]}; {names[1]}."
    drawn = [
        (*values.flat(array), array.shape, name)
        for array, name in zip((b, a), names, strict=True)
        if array.size
    ]
    if not drawn:
        return Picture("", alt)
    planes = [plane for plane, *_ in drawn]
    limit, write = limit_of(*planes), values.writer(*planes)
    note = "".join(_slice_note(part, shape) for _, _, part, shape, _ in drawn)
    return _drawn([Sheet(plane, name, limit, write) for plane, *_, name in drawn], alt, note)


def _slice_note(part: str, shape: tuple[int, ...]) -> str:
    return f"Slice {part} of {shape_words(shape)}. " if part else ""


def _difference_in_words(
    a: np.ndarray, b: np.ndarray, gap: np.ndarray, where: Where, part: str
) -> str:
    shown = f"slice {part} of " if part else ""
    said = f"Expected, yours and their difference, {shown}{shape_words(a.shape)}. "
    if where is None:
        return said + "They do not differ."
    count = int(np.count_nonzero(gap))  # nan counts as a difference
    x, y = values.plain(a[where]), values.plain(b[where])
    write = values.writer(np.atleast_1d(x), np.atleast_1d(y), apart=(x, y))
    at = f"[{', '.join(map(str, where))}]"
    said += f"{count} of {gap.size} entries differ, first {at}: {write(x)} instead of {write(y)}."
    if gap.size <= 16:
        planes = (("Expected", values.flat(b, where)[0]), ("Yours", values.flat(a, where)[0]))
        said += "".join(f" {name}{_entries(plane)}" for name, plane in planes)
    return said


def _entries(plane: np.ndarray) -> str:
    """A small plane's numbers, row by row, for a screen reader."""
    if plane.size > 16:
        return "."
    write = values.writer(plane)
    return f": {'; '.join(', '.join(map(write, row)) for row in plane)}."


def _drawn(sheets: list[Sheet], alt: str, note: str = "") -> Picture:
    """Numbers in squares if they are legible; otherwise an overview and, if something differs, a
    close-up. The first panel carries the whole text alternative; the others have only titles."""
    if all(map(_legible, sheets)):
        panels = _squares(sheets, alt)
    else:
        alike = all(sheet.numbers.shape[0] == 1 for sheet in sheets)
        if alike:
            panels = [drawing.curves(sheets, alt)]
        else:
            panels = [drawing.overview(sheet, "" if i else alt) for i, sheet in enumerate(sheets)]
            block = -(-max(max(sheet.numbers.shape) for sheet in sheets) // OVERVIEW)
            if block > 1:
                note += f"Each square of the overview stands for up to {block}×{block} entries. "
        if ring := sheets[0].ring:
            rows, columns = values.window(sheets[0].numbers.shape, ring)
            near = f"{columns.start} to {columns.stop - 1}"
            near = (
                f"entries {near}"
                if alike
                else f"rows {rows.start} to {rows.stop - 1}, columns {near}"
            )
            note += f"Below: {near}, around the first difference."
            panels += [BREAK, *_squares([sheet.cut(rows, columns) for sheet in sheets], "")]
    style = "display:flex;flex-wrap:wrap;gap:14px 20px;align-items:flex-start"
    caption = f'<div class="nablab-note">{escape(note.strip())}</div>' if note else ""
    return Picture(
        f'<div class="nablab-picture"><div style="{style}">{"".join(panels)}</div>{caption}</div>',
        alt,
    )


def _squares(sheets: list[Sheet], alt: str) -> list[str]:
    """Sheets of squares side by side; single rows one below the other."""
    wide = max(sheet.square for sheet in sheets)
    if len(sheets) > 1 and all(sheet.numbers.shape[0] == 1 for sheet in sheets):
        return [drawing.rows(sheets, wide, alt)]
    return [drawing.squares(sheet, wide, "" if i else alt) for i, sheet in enumerate(sheets)]


def _legible(sheet: Sheet) -> bool:
    rows, columns = sheet.numbers.shape
    room = 320 if rows == 1 else 400
    fits: bool = max(rows, columns) <= values.WRITTEN and columns * sheet.square <= room
    return fits
