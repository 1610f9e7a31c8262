"""Draws the pictures of the made data sets for the site: `python tools/docs/data_sets.py [NAME …]`.

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
from nablab.data.motion import WAYS
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


def motion() -> None:
    x, y = data.motion(3)
    _fig, axes = figure(9, 3.4, nrows=2, ncols=6)
    for way, row in enumerate(axes):
        film = x[int(np.argmax(y == 0))][:: 1 - 2 * way]
        for number, (ax, frame) in enumerate(zip(row, film, strict=True)):
            sheet(ax, frame[..., 0], limit=3, title=f"frame {number}" if way == 0 else "")
        row[0].set_ylabel(WAYS[way], fontsize=10, color=INK)


PICTURES = {draw.__name__: draw for draw in (chirps, discs, motion)}


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
