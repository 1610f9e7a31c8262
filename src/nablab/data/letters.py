"""The letters L, T and X as lines one pixel wide, at any place of a field.

Ink is 1 and paper is 0. The letters are drawn by their rule, not stored, and belong to nobody
(CC0).
"""

from __future__ import annotations

import numpy as np

LETTERS = ("L", "T", "X")
SIDE = 9  # pixels of a letter's height and width
FIELD = 21


def draw(letter: str, shift: tuple[int, int] = (0, 0), *, size: int = FIELD) -> np.ndarray:
    """One letter in the middle of the field, moved by (down, right) pixels: (size, size) float64.

    What leaves the field is cut off.
    """
    return _field(_strokes(letter), shift, size)


def shuffled(
    letter: str, apart: int = 5, shift: tuple[int, int] = (0, 0), *, size: int = FIELD
) -> np.ndarray:
    """The two strokes of a letter, moved apart along the rows: (size, size) float64.

    The first stroke goes `apart` pixels down and the second as many up, so it is the letter's parts
    without its shape.
    """
    first, second = _strokes(letter)
    return _field((first + [apart, 0], second - [apart, 0]), shift, size)


def sample(
    n: int, rng: np.random.Generator, *, reach: int = 3, noise: float = 0.0, size: int = FIELD
) -> tuple[np.ndarray, np.ndarray]:
    """`n` letters at random places, and which of `LETTERS` each is.

    Args:
        reach: largest shift along each axis, in pixels.
        noise: standard deviation of normal noise on every pixel.

    Returns:
        images (n, size, size) and labels (n,).
    """
    labels = rng.integers(0, len(LETTERS), size=n)
    images = np.empty((n, size, size))
    for i, label in enumerate(labels):
        down, right = rng.integers(-reach, reach + 1, size=2)
        images[i] = draw(LETTERS[label], (int(down), int(right)), size=size)
    return images + noise * rng.standard_normal(images.shape), labels


def _strokes(letter: str) -> tuple[np.ndarray, np.ndarray]:
    """The pixels (SIDE, 2) of both strokes, as rows and columns from the middle."""
    along, half = np.arange(SIDE) - SIDE // 2, SIDE // 2
    if letter not in LETTERS:
        raise ValueError(f"letter is {letter!r}; expected one of {', '.join(LETTERS)}")
    upright = np.stack([along, 0 * along], axis=1)
    level = upright[:, ::-1]
    if letter == "L":
        return upright - [0, half], level + [half, 0]
    if letter == "T":
        return upright, level - [half, 0]
    return np.stack([along, along], axis=1), np.stack([along, -along], axis=1)


def _field(strokes: tuple[np.ndarray, ...], shift: tuple[int, int], size: int) -> np.ndarray:
    img = np.zeros((size, size))
    for stroke in strokes:
        places = stroke + size // 2 + np.asarray(shift)
        inside = ((places >= 0) & (places < size)).all(axis=1)
        img[tuple(places[inside].T)] = 1
    return img
