"""Draws the pictures of the generated data sets for the site: `python tools/docs/data_pictures.py
[NAME …]`.

Each function below draws one data set, as docs/pictures/NAME.png.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from nablab import data
from nablab.data.chirps import KINDS
from nablab.data.letters import LETTERS
from nablab.data.motion import WAYS
from nablab.data.syllables import NOISE, SYLLABLES
from nablab.show.canvas import INK, MARKS, figure, sheet

INTO = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 96  # as tools/docs/pictures.py


def chirps() -> None:
    x, y = data.chirps(40)
    _fig, axes = figure(9, 2.6, nrows=2, ncols=2)
    for kind, ax in enumerate(axes.flat):
        ax.plot(x[int(np.argmax(y == kind)), :, 0], color=MARKS[1], linewidth=0.9)
        ax.set_title(f"{kind}: {KINDS[kind]}", fontsize=10, color=INK)
        ax.axis("off")


def discs() -> None:
    x, masks = data.discs(6, seed=7)
    _fig, axes = figure(9, 3.2, nrows=2, ncols=6)
    for image, mask, (above, below) in zip(x, masks, axes.T, strict=True):
        above.imshow(image)
        below.imshow(mask[..., 0], cmap="gray", vmin=0, vmax=1)
    for ax in axes.flat:
        ax.axis("off")


def shapes() -> None:
    """Ten images, and below each the mask of its object."""
    x, _, masks = data.shapes(10, seed=3)
    _fig, axes = figure(10, 2.3, nrows=2, ncols=10)
    for image, mask, (above, below) in zip(x, masks, axes.T, strict=True):
        above.imshow(image)
        below.imshow(mask, cmap="gray", vmin=0, vmax=1)
    for ax in axes.flat:
        ax.axis("off")


def motion() -> None:
    x, y = data.motion(3)
    _fig, axes = figure(9, 3.4, nrows=2, ncols=6)
    for way, row in enumerate(axes):
        film = x[int(np.argmax(y == 0))][:: 1 - 2 * way]
        for number, (ax, frame) in enumerate(zip(row, film, strict=True)):
            sheet(ax, frame[..., 0], limit=3, title=f"frame {number}" if way == 0 else "")
        row[0].set_ylabel(WAYS[way], fontsize=10, color=INK)


def turned_digits() -> None:
    """Twelve digits, upright above and turned below."""
    rows = [data.turned_digits(12, 0, turned=turned)[0][0] for turned in (False, True)]
    _greys([1 - images[..., 0] for images in rows], 9, 1.7)


def gratings() -> None:
    """Three directions, then three phases."""
    draw, quarter = data.gratings.grating, np.pi / 4
    turned = [draw(33, k * quarter) for k in range(3)]
    moved = [draw(33, phase=k * quarter) for k in (0, 2, 4)]
    _greys([[(one + 1) / 2 for one in turned + moved]], 9, 1.7)


def letters() -> None:
    """L, T and X in the middle, then moved."""
    draw = data.letters.draw
    moved = zip(LETTERS, ((-3, 2), (2, -4), (4, 3)), strict=True)
    _greys([[draw(one) for one in LETTERS] + [draw(*one) for one in moved]], 9, 1.7)


def syllables() -> None:
    """All three, without noise above and with it below."""
    draw, rng = data.syllables.draw, np.random.default_rng(0)
    noisy = zip(SYLLABLES, (2, 8, 14), strict=True)
    rows = (
        [draw(name, 8) for name in SYLLABLES],
        [draw(name, onset, noise=NOISE, rng=rng) for name, onset in noisy],
    )
    upright = [[(one.T[::-1] + 0.3) / 1.4 for one in row] for row in rows]  # low frequencies below
    _greys(upright, 9, 4.4, SYLLABLES)


def _greys(rows, width: float, height: float, titles=()) -> None:
    """Rows of images from 0 (black) to 1 (white), each in a thin frame."""
    _fig, axes = figure(width, height, nrows=len(rows), ncols=len(rows[0]))
    for ax, image in zip(axes.flat, (one for row in rows for one in row), strict=True):
        ax.imshow(image, cmap="gray", vmin=0, vmax=1, aspect="auto" if titles else "equal")
        ax.set(xticks=[], yticks=[])
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title, fontsize=10, color=INK)


DRAW = (chirps, discs, shapes, motion, turned_digits, gratings, letters, syllables)
PICTURES = {draw.__name__: draw for draw in DRAW}


def main() -> None:
    for name in sys.argv[1:] or PICTURES:
        PICTURES[name]()
        drawn = io.BytesIO()
        plt.gcf().savefig(drawn, dpi=90, bbox_inches="tight")
        plt.close()
        few = Image.open(drawn).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(INTO / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
