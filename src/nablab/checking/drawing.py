"""Draws sheets of numbers as SVG: squares with numbers in them, small images, curves.

Numbers are shown on one diverging scale from blue (negative) through white (zero) to orange, which
colour-blind readers can tell apart. Text is chosen to be legible on a square's colour, or takes the
page's own (`currentColor`).
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import Any

import numpy as np

from nablab.checking.values import Where, Writer

STOPS = ((27, 79, 143), (127, 176, 220), (247, 247, 245), (246, 176, 122), (184, 64, 14))
LEVELS = 65  # odd, so that the middle one is zero
NAN = LEVELS  # one more colour, grey
PALETTE = np.array(
    [
        [
            round(float(np.interp(level, np.linspace(0, LEVELS - 1, 5), channel)))
            for channel in zip(*STOPS, strict=True)
        ]
        for level in range(LEVELS)
    ]
    + [[150, 156, 163]],
    np.uint8,
)
HEX = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in PALETTE]
DARK = {level for level in range(LEVELS) if abs(level - LEVELS // 2) > 21}  # white text on these
HIGH = 26.0  # the height of a square with a number
OVERVIEW = 64  # entries along one side of an overview
CURVE = 160  # points of a curve
INK = "#17202a"
FONT = "font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\""


@dataclass(frozen=True)
class Sheet:
    """A plane of numbers, and how to draw it."""

    numbers: np.ndarray
    title: str
    limit: float  # the end of its colour scale
    write: Writer
    ring: Where = None  # the marked entry
    is_difference: bool = False

    @cached_property
    def words(self) -> list[list[str]]:
        """Its numbers as text; only for a small sheet."""
        return [[self.write(value) for value in row] for row in self.numbers.tolist()]

    @property
    def square(self) -> float:
        """How wide a square must be to hold any of its numbers."""
        return max(26.0, 6.9 * max(len(word) for row in self.words for word in row) + 7)

    def cut(self, rows: slice, columns: slice) -> Sheet:
        """A part of it, with the same colours and number format as the whole."""
        ring = (self.ring[0] - rows.start, self.ring[1] - columns.start) if self.ring else None
        return replace(self, numbers=self.numbers[rows, columns], ring=ring)


def limit_of(*planes: np.ndarray) -> float:
    """The end of the colour scale that these planes share. Later planes that go far beyond the
    first are clipped, so that the first, the right answer, stays readable."""
    tops = []
    for plane in planes:
        size = np.abs(plane)
        size = size[np.isfinite(size)]
        tops.append(float(size.max()) if size.size else 0.0)
    return max(tops[0], min(max(tops), 4 * tops[0] or max(tops))) or 1.0


def panel(width: float, height: float, title: str, alt: str, body: str) -> str:
    """One SVG that shrinks with the page, as long as it is legible."""
    label = escape(alt or title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'style="flex:1 1 {width * 0.74:.0f}px;max-width:{width:g}px;height:auto">'
        f"<title>{escape(title)}</title><desc>{label}</desc>"
        f'<g {FONT} font-size="11">{body}</g></svg>'
    )


def heading(title: str, y: float = 12) -> str:
    return (
        f'<text x="1" y="{y:g}" font-size="12.5" font-weight="600" fill="currentColor">'
        f"{escape(title)}</text>"
    )


def squares(sheet: Sheet, wide: float, alt: str) -> str:
    """A sheet's numbers in coloured squares."""
    rows, columns = sheet.numbers.shape
    width = max(columns * wide + 3, 7.8 * len(sheet.title) + 4)
    return panel(
        width,
        22.5 + rows * HIGH,
        sheet.title,
        alt,
        heading(sheet.title) + _cells(sheet, wide, 1, 20),
    )


def rows(sheets: list[Sheet], wide: float, alt: str) -> str:
    """Single rows one below the other, so that their entries line up."""
    names = ["difference" if sheet.is_difference else sheet.title for sheet in sheets]
    left = 7.8 * max(map(len, names)) + 8
    body = "".join(
        heading(name, 31 * i + 18) + _cells(sheet, wide, left, 31 * i + 1)
        for i, (sheet, name) in enumerate(zip(sheets, names, strict=True))
    )
    longest = max(sheet.numbers.shape[1] for sheet in sheets)
    return panel(left + longest * wide + 3, 31 * len(sheets) - 1, "expected over yours", alt, body)


def _cells(sheet: Sheet, wide: float, left: float, top: float) -> str:
    """The squares, with a dot where a difference is 0."""
    by_colour: dict[int, list[str]] = defaultdict(list)
    dark: list[str] = []
    light: list[str] = []
    faint: list[str] = []
    colours = levels(sheet.numbers, sheet.limit).tolist()
    for row, column in np.ndindex(sheet.numbers.shape):
        level = colours[row][column]
        x, y = left + column * wide, top + row * HIGH
        by_colour[level].append(
            f"M{x + 0.75:g} {y + 0.75:g}h{wide - 1.5:g}v{HIGH - 1.5:g}h{1.5 - wide:g}z"
        )
        text = f'<text x="{x + wide / 2:g}" y="{y + 17:g}">'
        if sheet.is_difference and sheet.words[row][column] == "0":
            faint.append(f"{text}·</text>")
        else:
            written = light if level in DARK else dark
            written.append(f"{text}{sheet.words[row][column]}</text>")
    body = "".join(
        f'<path fill="{HEX[level]}" d="{"".join(paths)}"/>' for level, paths in by_colour.items()
    )
    body = (
        f'<g stroke="#8a94a0" stroke-opacity=".35" stroke-width=".75">{body}</g>'
        f'<g text-anchor="middle"><g fill="{INK}">{"".join(dark)}</g>'
        f'<g fill="#fff">{"".join(light)}</g><g fill="#6b7682">{"".join(faint)}</g></g>'
    )
    if sheet.ring is not None:
        body += ring_at(left + sheet.ring[1] * wide, top + sheet.ring[0] * HIGH, wide, HIGH)
    return body


def ring_at(x: float, y: float, wide: float, high: float) -> str:
    shape = f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="4" fill="none" '
    return f'{shape}stroke="#fff" stroke-width="4.5"/>{shape}stroke="{INK}" stroke-width="2.25"/>'


def overview(sheet: Sheet, alt: str) -> str:
    """A whole sheet as a small image, with its colour scale below."""
    small, blocks = reduced(sheet.numbers)
    unit = min(12.0, 176 / max(small.shape))
    wide, high = (max(n * unit, 14.0) for n in (small.shape[1], small.shape[0]))
    body = (
        f'<image x="1" y="20" width="{wide:g}" height="{high:g}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{png(levels(small, sheet.limit))}"/>'
        f'<rect x="1" y="20" width="{wide:g}" height="{high:g}" fill="none" stroke="#8a94a0" '
        'stroke-opacity=".5" stroke-width=".75"/>'
    )
    if sheet.ring is not None:
        row, column = (at // block + 0.5 for at, block in zip(sheet.ring, blocks, strict=True))
        size = max(9.0, 1.6 * unit)
        body += ring_at(
            1 + column * wide / small.shape[1] - size / 2,
            20 + row * high / small.shape[0] - size / 2,
            size,
            size,
        )
    bar = max(wide, 104.0)
    scale = "".join(
        f'<rect x="{1 + i * bar / 13:g}" y="{high + 27:g}" width="{bar / 13 + 0.3:g}" '
        f'height="5" fill="{HEX[round(i * (LEVELS - 1) / 12)]}"/>'
        for i in range(13)
    )
    end = sheet.write(sheet.limit)
    for x, anchor, text in (
        (1, "start", f"−{end}"),
        (1 + bar / 2, "middle", "0"),
        (1 + bar, "end", end),
    ):
        scale += f'<text x="{x:g}" y="{high + 44:g}" text-anchor="{anchor}">{text}</text>'
    body += f'<g fill="currentColor" font-size="10">{scale}</g>'
    return panel(
        max(wide, bar, 7.8 * len(sheet.title)) + 4,
        high + 48,
        sheet.title,
        alt,
        heading(sheet.title) + body,
    )


def reduced(sheet: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """A sheet of at most 64×64 entries, and the size of the blocks that they stand for. Each is its
    block's entry of largest magnitude, not the mean: a single wrong entry must stay visible."""
    sizes = []
    if sheet.dtype.kind == "c":
        sheet = np.abs(sheet)
    for axis in (0, 1):
        block = -(-sheet.shape[axis] // OVERVIEW)
        sizes.append(block)
        if block > 1:
            starts = np.arange(0, sheet.shape[axis], block)
            above = np.fmax.reduceat(sheet, starts, axis)
            below = np.fmin.reduceat(sheet, starts, axis)
            sheet = np.where(np.abs(below) > np.abs(above), below, above)
    return sheet, (sizes[0], sizes[1])


def levels(sheet: np.ndarray, limit: float) -> np.ndarray:
    """Each entry's colour."""
    sheet = np.abs(sheet) if sheet.dtype.kind == "c" else sheet
    half = LEVELS // 2
    with np.errstate(over="ignore"):
        share = np.clip(np.nan_to_num(sheet / limit, nan=0.0), -1, 1)
    return np.where(np.isnan(sheet), NAN, np.round(share * half) + half).astype(np.uint8)


def png(colours: np.ndarray) -> str:
    """An image of palette colours as a data URI."""
    height, width = colours.shape
    lines = np.zeros((height, width + 1), np.uint8)  # each line begins with its filter type, 0
    lines[:, 1:] = colours

    def chunk(name: bytes, data: bytes) -> bytes:
        length, check = (struct.pack(">I", n) for n in (len(data), zlib.crc32(name + data)))
        return length + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"PLTE", PALETTE.tobytes())
        + chunk(b"IDAT", zlib.compress(lines.tobytes(), 6))
        + chunk(b"IEND", b"")
    )
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def curves(sheets: list[Sheet], alt: str) -> str:
    """Long rows of numbers as curves: a broad one for the expected row, a thin one for the
    student's. If several entries share a point, the one that differs most is drawn."""
    wide, high, left, top = 420.0, 120.0, 44.0, 26.0
    lines = [
        np.abs(sheet.numbers[0]) if sheet.numbers.dtype.kind == "c" else sheet.numbers[0]
        for sheet in sheets
    ]
    length = max(line.size for line in lines)
    finite = np.concatenate([line[np.isfinite(line)] for line in lines[:2]])
    low, up = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    low, up = (low, up) if up > low else (low - 0.5, up + 0.5)
    picked = picked_points(lines)

    def x_of(i: Any) -> Any:
        return left + (wide - left - 6) * i / max(length - 1, 1)

    def y_of(value: float) -> float:
        half = up / 2 - low / 2  # half of the range, which itself may exceed the largest float
        above = (value / 2 - low / 2) / half if half else 0.5  # so large that ±0.5 changes nothing
        return top + high * (1 - above)

    def path(line: np.ndarray) -> str:
        points, pen = [], "M"
        for i in picked[picked < line.size]:
            if np.isfinite(line[i]):
                points.append(f"{pen}{x_of(i):.1f} {y_of(float(line[i])):.1f}")
            pen = "L" if np.isfinite(line[i]) else "M"
        return "".join(points)

    body = "".join(
        f'<path d="{path(line)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
        for line, (colour, width) in zip(
            lines[:2], (("#6fa8dc", 6), ("#c8500f", 1.75)), strict=False
        )
    )
    for value in (low, up):
        body += (
            f'<path d="M{left:g} {y_of(value):.1f}H{wide - 6:g}" stroke="currentColor" '
            'stroke-opacity=".18"/>'
            f'<text x="{left - 6:g}" y="{y_of(value) + 4:.1f}" text-anchor="end" '
            f'fill="currentColor">{sheets[0].write(value)}</text>'
        )
    body += "".join(
        f'<text x="{x_of(i):.1f}" y="{top + high + 18:g}" text-anchor="{anchor}" '
        f'fill="currentColor">{i}</text>'
        for i, anchor in ((0, "start"), (length - 1, "end"))
    )
    if sheets[0].ring is not None:
        spot = lines[1][sheets[0].ring[1]]
        y = y_of(float(spot)) if np.isfinite(spot) else top + high / 2
        body += ring_at(x_of(sheets[0].ring[1]) - 6, y - 6, 12, 12)
    title = sheets[0].title
    if len(sheets) > 1:
        title = f"{sheets[0].title} (broad, blue) and {sheets[1].title} (thin, orange)"
    return panel(wide, top + high + 24, title, alt, heading(title) + body)


def picked_points(rows: list[np.ndarray]) -> np.ndarray:
    """The positions that curves go through: all, or the one in each stretch that differs most."""
    length = max(row.size for row in rows)
    step = -(-length // CURVE)
    if step == 1:
        return np.arange(length)
    weight = np.zeros(-(-length // step) * step)
    row = np.nan_to_num(np.abs(rows[-1]), nan=np.inf)
    weight[: row.size] = row
    best = weight.reshape(-1, step).argmax(axis=1) + np.arange(weight.size // step) * step
    return np.unique(np.concatenate([[0], best[best < length], [length - 1]]))
