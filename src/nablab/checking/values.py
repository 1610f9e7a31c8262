"""Prepares values from a student's code for display: reads them as numbers, cuts them to a part
small enough to look at, and writes them in few characters.

A value may be anything, also an object that stays in the student's process. So no method of an
unknown type is called, and every string is cleaned (`clean`).
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from typing import Any

import numpy as np

from nablab.checking.expect import NOTHING
from nablab.escaping import clean

LEAVES = 100_000  # a nested list with more numbers than this is not read
WRITTEN = 12  # rows or columns up to which numbers are written into squares
CHUNK = 1 << 15  # entries compared at once when searching for the first difference
CLOSE_UP = (5, 7)  # rows and columns shown around the first difference of a larger array

SHORT = reprlib.Repr()
SHORT.maxlist = SHORT.maxtuple = SHORT.maxdict = SHORT.maxset = 12
SHORT.maxstring = SHORT.maxother = 200
SHORT.maxlevel = 4

Where = tuple[int, ...] | None
Writer = Callable[[Any], str]


def numbers(value: Any) -> np.ndarray | None:
    """`value` as an array of numbers if it is one: an array, a number, lists of numbers."""
    kind = type(value)
    if kind is np.ndarray:
        array = value
    elif _is_number(value):
        array = np.asarray(value)
    elif kind in (list, tuple) and _leaves(value, LEAVES) >= 0:
        try:
            array = np.asarray(value)
        except (ValueError, OverflowError):  # ragged, or an integer beyond 64 bits
            return None
    else:
        return None
    return array if array.dtype.kind in "biufc" else None


def _is_number(value: Any) -> bool:
    kind = type(value)
    return kind in (bool, int, float, complex) or (
        isinstance(value, np.generic) and kind.__module__ == "numpy"
    )


def _leaves(value: Any, left: int, depth: int = 32) -> int:
    """How many more numbers may follow; negative after too many, or after another type."""
    for item in value:
        if type(item) in (list, tuple) and depth:
            left = _leaves(item, left, depth - 1)
        elif type(item) is np.ndarray:
            left -= item.size
        else:
            left = left - 1 if _is_number(item) else -1
        if left < 0:
            return -1
    return left


def plain(array: np.ndarray) -> np.ndarray:
    """The array in float64, or complex128 if it is complex."""
    with np.errstate(all="ignore"):
        return array.astype(complex if array.dtype.kind == "c" else float, copy=False)


def difference(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """got − expected. A difference within a check's tolerance is exactly 0; a complex one is shown
    by its magnitude."""
    with np.errstate(all="ignore"):
        got, expected = plain(got), plain(expected)
        gap = got - expected
        size = np.abs(gap)
        near = np.isfinite(size) & (size <= 1e-4 * np.maximum(np.abs(got), np.abs(expected)))
        gap = size if gap.dtype.kind == "c" else gap
        return np.where(near | (got == expected) | (np.isnan(got) & np.isnan(expected)), 0.0, gap)


def first_difference(got: np.ndarray, expected: np.ndarray, where: Where) -> Where:
    """`where` if it is a valid index, else the first index at which the arrays differ, or None."""
    if (
        where is not None
        and len(where) == got.ndim
        and all(type(i) is int and 0 <= i < n for i, n in zip(where, got.shape, strict=True))
    ):
        return where
    a, b = got.reshape(-1), expected.reshape(-1)
    for start in range(0, a.size, CHUNK):
        part = slice(start, start + CHUNK)
        wrong = difference(a[part], b[part]) != 0  # also true where the difference is nan
        if wrong.any():
            at = np.unravel_index(start + int(np.argmax(wrong)), got.shape)
            return tuple(int(i) for i in at)
    return None


def plane(shape: tuple[int, ...], where: Where) -> tuple[int | slice, ...]:
    """The index of the plane of the two largest axes (the later ones, if equal) through `where`, or
    through 0."""
    largest = sorted(range(len(shape)), key=lambda axis: (shape[axis], axis))[-2:]
    return tuple(
        slice(None) if axis in largest else (where[axis] if where else 0)
        for axis in range(len(shape))
    )


def flat(array: np.ndarray, where: Where = None) -> tuple[np.ndarray, Where, str]:
    """A plane of `array` with two axes, the position of `where` in it, and the plane's name if it
    is only a part: `[0, :, :, 2]`."""
    index = plane(array.shape, where)
    name = ""
    if array.ndim > 2:
        name = f"[{', '.join(':' if isinstance(i, slice) else str(i) for i in index)}]"
        where = (
            tuple(i for i, kept in zip(where, index, strict=True) if isinstance(kept, slice))
            if where
            else None
        )
    sheet = plain(array[index])
    if sheet.ndim < 2:
        sheet = sheet.reshape(1, -1)
        where = (0, where[0] if where else 0) if where is not None else None
    return sheet, where, name


def window(
    shape: tuple[int, ...], centre: Where, room: tuple[int, int] = CLOSE_UP
) -> tuple[slice, slice]:
    """A close-up around `centre` in a sheet of that shape; the corner if there is no centre."""
    parts = []
    for size, want, at in zip(shape, room, centre or (0, 0), strict=True):
        want = min(size, want)
        start = min(max(at - want // 2, 0), size - want)
        parts.append(slice(start, start + want))
    return parts[0], parts[1]


def writer(*arrays: np.ndarray, apart: tuple[Any, Any] | None = None) -> Writer:
    """A function that writes the numbers of these arrays: all in the same format, as short as
    possible, and so that the two numbers in `apart` look different."""
    if any(array.dtype.kind == "c" for array in arrays):
        return _complex_number
    values = np.concatenate([array.ravel()[:5000] for array in arrays])
    values = values[np.isfinite(values)]
    top = float(np.abs(values).max()) if values.size else 0.0
    if top < 1e5 and bool((values == np.round(values)).all()):
        return lambda value: _real(value, "{:.0f}")
    if not 1e-3 <= top < 1e5:
        return lambda value: _real(value, "{:.1e}")
    decimals = next(
        d for d, bound in ((4, 0.01), (3, 0.1), (2, 100), (1, 1000), (0, 1e5)) if top < bound
    )
    while apart and decimals < 7 and len({_real(x, f"{{:.{decimals}f}}") for x in apart}) == 1:
        decimals += 1
    return lambda value: _real(value, f"{{:.{decimals}f}}")


def _real(value: Any, pattern: str) -> str:
    value = float(value)
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    text = pattern.format(abs(value)).replace("e+0", "e").replace("e-0", "e−").replace("e+", "e")
    return f"−{text}" if value < 0 else text


def _complex_number(value: Any) -> str:
    value = complex(value)
    sign = "−" if value.imag < 0 else "+"
    return f"{_real(value.real, '{:.2g}')}{sign}{_real(abs(value.imag), '{:.2g}')}i"


def shape_words(shape: tuple[int, ...]) -> str:
    """A shape as people write it: `7×5`."""
    if not shape:
        return "one number"
    if len(shape) == 1:
        return f"{shape[0]} number{'' if shape[0] == 1 else 's'}"
    return "×".join(map(str, shape))


def in_words(value: Any, limit: int = 240) -> str:
    """Any value as a short text: `'convolution'`, `0.7778`, `array of shape 7×7`."""
    if value is NOTHING:
        return ""
    if type(value) is np.ndarray:
        array = numbers(value)
        if array is None or array.ndim > 1 or array.size > 8:
            return f"array of shape {shape_words(value.shape)}"
        write = writer(plain(array), plain(array))
        inside = ", ".join(map(write, np.atleast_1d(plain(array))))
        return f"[{inside}]" if array.ndim else inside
    if isinstance(value, (float, np.floating, complex, np.complexfloating)) and _is_number(value):
        return clean(f"{value:.6g}".replace("-", "−"), limit)
    if isinstance(value, np.generic) and _is_number(value):
        return clean(str(value.item()), limit)
    try:
        return clean(SHORT.repr(value), limit)
    except Exception:  # a `__repr__` written by the student may do anything
        return f"a {clean(type(value).__name__, 60)}"


def grid(words: list[list[str]], mark: Where, width: int) -> list[str]:
    """Rows of written numbers as lines of text, aligned to `width`, with `mark` in brackets."""
    return [
        "".join(
            f"{f'[{word}]' if (i, j) == mark else f' {word} ':>{width + 2}}"
            for j, word in enumerate(row)
        ).rstrip()
        for i, row in enumerate(words)
    ]
