"""Images of an X or an O, 9×9 pixels, that may be shifted, rotated, thick or noisy.

Ink is +1 and paper is -1, as in Brandon Rohrer's explanation of convolutional networks (2016).
`clean("X")` is his X. The letters are not stored but drawn from their equations.
"""

from __future__ import annotations

import numpy as np

SIDE = 9
SHIFT = 1  # pixels, up, down, left or right
TURN = 8.0  # degrees, either way
PEN = 1.2  # width of the thickest pen; the clean letters have width 1
NOISE = 0.2  # standard deviation of the noise on every pixel

EDGE = 0.3  # half the width of the clean pen, and the width over which a stroke fades to paper


def clean(letter: str) -> np.ndarray:
    """The letter without distortions: (9, 9), every pixel +1 or -1.

    The X has ink on both diagonals from (1, 1) to (7, 7); the O is a ring of radius 3.
    """
    return draw(letter)


def draw(
    letter: str,
    *,
    shift: tuple[int, int] = (0, 0),
    turn: float = 0.0,
    pen: float = 1.0,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """One letter with the given distortions: (9, 9) float64.

    Args:
        letter: "X" or "O".
        shift: pixels (down, right).
        turn: degrees, clockwise.
        pen: width of the pen; above 1 the strokes have grey borders, and from 1.5 solid ones.
        noise: standard deviation of normal noise on every pixel; needs `rng`.

    Maths:
        With d the distance of a pixel's centre from the letter's line,
        value = 1 - 2 · clip((d - 0.3 - (pen - 1) / 2) / 0.3, 0, 1).
    """
    r, c = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    r, c = r - shift[0], c - shift[1]
    angle = np.deg2rad(turn)
    right, down = c * np.cos(angle) + r * np.sin(angle), r * np.cos(angle) - c * np.sin(angle)
    if letter == "X":
        along, across = (right + down) / np.sqrt(2), (right - down) / np.sqrt(2)
        d = np.minimum(_from_stroke(along, across), _from_stroke(across, along))
    elif letter == "O":
        d = np.abs(np.hypot(right, down) - 3)
    else:
        raise ValueError(f"letter is {letter!r}; expected 'X' or 'O'")
    img: np.ndarray = 1 - 2 * np.clip((d - EDGE - (pen - 1) / 2) / EDGE, 0, 1)
    if noise:
        if rng is None:
            raise ValueError("noise needs rng: pass a numpy.random.Generator")
        img = img + noise * rng.standard_normal(img.shape)
    return img


def _from_stroke(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Distances from a straight stroke through the centre, as long as those of the X."""
    half_length = 3 * np.sqrt(2)
    distances: np.ndarray = np.hypot(across, np.maximum(np.abs(along) - half_length, 0))
    return distances


def sample(
    n: int,
    rng: np.random.Generator,
    *,
    shift: int = SHIFT,
    turn: float = TURN,
    pen: float = PEN,
    noise: float = NOISE,
) -> tuple[np.ndarray, list[str]]:
    """`n` letters, half of them X, each randomly shifted, rotated, thickened and noisy.

    Args:
        shift: largest shift along each axis, in pixels.
        turn: largest rotation in either direction, in degrees.
        pen: largest width of the pen, at least 1.
        noise: standard deviation of the noise.

    Returns:
        images (n, 9, 9), and the list of their letters.
    """
    letters = [str(letter) for letter in rng.permutation(["X", "O"] * ((n + 1) // 2))[:n]]
    images = np.empty((n, SIDE, SIDE))
    for i, letter in enumerate(letters):
        down, right = rng.integers(-shift, shift + 1, size=2)
        images[i] = draw(
            letter,
            shift=(int(down), int(right)),
            turn=rng.uniform(-turn, turn),
            pen=rng.uniform(1, pen),
            noise=noise,
            rng=rng,
        )
    return images, letters


def bank() -> np.ndarray:
    """The three pieces of an X as filters of ±1: (3, 3, 3) as [filter, row, column], in the order
    main diagonal, cross, anti-diagonal."""
    main, anti = np.eye(3), np.eye(3)[:, ::-1]
    return 2 * np.array([main, np.maximum(main, anti), anti]) - 1
