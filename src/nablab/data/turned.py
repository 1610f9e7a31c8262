"""Handwritten digits turned by any angle."""

from __future__ import annotations

import numpy as np

from nablab.data.digits import COUNT, HELD_OUT, Part, digits


def turned_digits(
    train: int = 300, test: int = 397, seed: int = 0, *, turned: bool = True
) -> tuple[Part, Part]:
    """Digits turned by random angles: `(x_train, y_train), (x_test, y_test)`.

    1,400 of the digits are for training and the other 397 for testing, so no digit is in both
    parts, and none is used twice.

    Args:
        train, test: number of images in each part, at most 1400 and 397.
        seed: determines the split, the choice of digits and their angles.
        turned: whether to turn each by an angle from 0° to 360°, all equally likely; if not, the
            same digits are upright.

    Returns:
        x (N, 8, 8, 1) float32 from 0 to 1; y (N,) int64. Ink that would leave the image is lost.

    Raises:
        ValueError: more images are asked for than there are digits.

    Source and licence: as `digits`, Creative Commons Attribution 4.0.
    """
    if not (0 <= train <= COUNT - HELD_OUT and 0 <= test <= HELD_OUT):
        raise ValueError(
            f"train is {train} and test {test}; there are {COUNT - HELD_OUT} digits for training "
            f"and {HELD_OUT} for testing"
        )
    images, labels = digits()
    rng = np.random.default_rng(seed)
    order = rng.permutation(COUNT)
    parts = []
    for chosen in (order[HELD_OUT:][:train], order[:HELD_OUT][:test]):
        angles = rng.uniform(0, 360, len(chosen))
        x = turn(images[chosen], angles) if turned else images[chosen]
        parts.append((x[..., None].astype("float32"), labels[chosen]))
    return parts[0], parts[1]


def turn(images: np.ndarray, degrees: np.ndarray | float) -> np.ndarray:
    """Square images (N, H, H), turned counterclockwise around their centres, mixed bilinearly from
    the four pixels around each point; outside they are 0.

    Args:
        degrees: one angle for all, or one for each.

    Example:
        >>> turn(np.array([[[0.0, 1.0], [0.0, 0.0]]]), 90).round(3)
        array([[[1., 0.],
                [0., 0.]]])
    """
    images = np.asarray(images, dtype=np.float64)
    N, H, _ = images.shape
    angles = np.deg2rad(np.broadcast_to(degrees, N))[:, None, None]
    down, right = np.mgrid[:H, :H] - (H - 1) / 2
    rows = np.sin(angles) * right + np.cos(angles) * down + (H - 1) / 2  # (N, H, H)
    columns = np.cos(angles) * right - np.sin(angles) * down + (H - 1) / 2
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    below, after = rows - top, columns - left
    out: np.ndarray = np.zeros(rows.shape)
    for p, of_row in ((top, 1 - below), (top + 1, below)):
        for q, of_column in ((left, 1 - after), (left + 1, after)):
            row, column = np.clip(p + 1, 0, H + 1), np.clip(q + 1, 0, H + 1)
            out += of_row * of_column * padded[np.arange(N)[:, None, None], row, column]
    return out
