"""Draws the pictures of data sets for the documentation: `python tools/docs/data_pictures.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from nablab import data

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"


def turned_digits() -> np.ndarray:
    """Twelve digits, upright above and turned below."""
    rows = [data.turned_digits(12, 0, turned=turned)[0][0] for turned in (False, True)]
    return _sheet(np.stack(rows)[..., 0])


def _sheet(images: np.ndarray, gap: int = 1) -> np.ndarray:
    """Images (rows, columns, H, W) of ink on paper, side by side."""
    padded = np.pad(images, ((0, 0), (0, 0), (gap, gap), (gap, gap)))
    rows, columns, H, W = padded.shape
    return 1 - padded.transpose(0, 2, 1, 3).reshape(rows * H, columns * W)


def main() -> None:
    for name, draw in {"turned_digits": turned_digits}.items():
        image = np.kron(np.round(255 * np.clip(draw(), 0, 1)), np.ones((6, 6))).astype(np.uint8)
        Image.fromarray(image).save(PICTURES / f"{name}.png")
        print(PICTURES / f"{name}.png")


if __name__ == "__main__":
    main()
