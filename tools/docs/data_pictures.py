"""Draws the pictures of data sets for the documentation: `python tools/docs/data_pictures.py`."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from nablab import data

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def gratings() -> np.ndarray:
    """Three directions, then three phases."""
    draw, quarter = data.gratings.grating, np.pi / 4
    turned = [draw(33, k * quarter) for k in range(3)]
    moved = [draw(33, phase=k * quarter) for k in (0, 2, 4)]
    return _sheet(np.array([turned + moved]) / 3 + 0.5)  # darker than the lines between


def letters() -> np.ndarray:
    """L, T and X in the middle, then moved."""
    draw, names = data.letters.draw, data.letters.LETTERS
    moved = zip(names, ((-3, 2), (2, -4), (4, 3)), strict=True)
    return _sheet(np.array([[draw(one) for one in names] + [draw(*one) for one in moved]]))


def syllables() -> np.ndarray:
    """All three, without noise above and with it below."""
    draw, rng = data.syllables.draw, np.random.default_rng(0)
    clean = [draw(name, 8) for name in data.syllables.SYLLABLES]
    noisy = [
        draw(name, onset, noise=data.syllables.NOISE, rng=rng)
        for name, onset in zip(data.syllables.SYLLABLES, (2, 8, 14), strict=True)
    ]
    upright = np.array([clean, noisy]).swapaxes(2, 3)[:, :, ::-1]  # low frequencies below
    return _sheet((upright + 0.3) / 1.4)


def _sheet(images: np.ndarray, gap: int = 1) -> np.ndarray:
    """Images (rows, columns, H, W) side by side, with white lines between them."""
    sides = ((gap, gap), (gap, gap))
    padded = np.pad(images.clip(0, 1), ((0, 0), (0, 0), *sides), constant_values=1)
    rows, columns, H, W = padded.shape
    return padded.transpose(0, 2, 1, 3).reshape(rows * H, columns * W)


def main() -> None:
    for draw, zoom in ((gratings, 4), (letters, 6), (syllables, 9)):
        path = PICTURES / f"{draw.__name__}.png"
        plt.imsave(path, np.kron(draw(), np.ones((zoom, zoom))), cmap="gray", vmin=0, vmax=1)
        print(path)


if __name__ == "__main__":
    main()
