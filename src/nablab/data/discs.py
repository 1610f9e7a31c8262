"""Images with discs to be painted out, among bars of the same colours."""

from __future__ import annotations

import numpy as np

NOISE = 0.06


def discs(
    n: int, shape: tuple[int, int] = (24, 24), seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """`n` images with discs and thin bars, and where the discs are.

    Discs and bars have colours drawn alike, so the colour of a pixel does not say which it is.

    Args:
        n: number of images.
        shape: their height and width in pixels, at least 12.
        seed: determines everything that is drawn.

    Returns:
        x (n, H, W, 3) float32 from 0 to 1; masks (n, H, W, 1) float32, 1 inside a disc, else 0.

    Licence: made by this function; CC0, no rights reserved.
    """
    rng = np.random.default_rng(seed)
    H, W = shape
    rows, columns = np.mgrid[:H, :W]
    x = np.empty((n, H, W, 3))
    masks = np.zeros((n, H, W, 1))
    many = max(1, round(H * W / 288))
    for image, mask in zip(x, masks, strict=True):
        image[:] = rng.uniform(0.1, 0.35, 3)
        for number in range(3 * many):
            colour = np.array([0.8, 0.55, 0.2]) + rng.uniform(-0.15, 0.15, 3)
            r, c = rng.uniform(0, H), rng.uniform(0, W)
            if number < 2 * many:  # bars first, discs in front of them
                angle = rng.uniform(0, np.pi)
                along = (rows - r) * np.sin(angle) + (columns - c) * np.cos(angle)
                across = (rows - r) * np.cos(angle) - (columns - c) * np.sin(angle)
                inside = (np.abs(across) < 0.8) & (np.abs(along) < 9)
            else:
                inside = np.hypot(rows - r, columns - c) < rng.uniform(3, 6)
            image[inside] = colour
            mask[inside] = number >= 2 * many
    x += NOISE * rng.standard_normal(x.shape)
    return np.clip(x, 0, 1).astype("float32"), masks.astype("float32")
