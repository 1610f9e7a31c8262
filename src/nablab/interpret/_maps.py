"""Maps of attribution: their size, their channels, and what a picture is blurred with."""

from __future__ import annotations

from typing import Any

import numpy as np


def resized(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Maps (n, h, w) or (n, h, w, c) at another size, by bilinear interpolation between the centres
    of pixels; beyond the outermost centres their values go on."""
    rows, columns = _between(maps.shape[1], height), _between(maps.shape[2], width)
    channels = np.moveaxis(maps, -1, 1) if maps.ndim == 4 else maps  # (n, c, h, w)
    found = (rows @ channels @ columns.T).astype("float32")
    return np.moveaxis(found, 1, -1) if maps.ndim == 4 else found


def _between(size: int, wanted: int) -> np.ndarray:
    """(wanted, size): the weights of linear interpolation."""
    centres = np.clip((np.arange(wanted) + 0.5) * size / wanted - 0.5, 0, size - 1)
    below = np.minimum(centres.astype(int), max(size - 2, 0))
    part = centres - below
    weights = np.zeros((wanted, size), "float32")
    weights[np.arange(wanted), below] = 1 - part
    weights[np.arange(wanted), np.minimum(below + 1, size - 1)] += part
    return weights


def one_channel(maps: Any) -> np.ndarray:
    """Maps (n, h, w): of those with channels, the largest absolute value at each pixel."""
    maps = np.asarray(maps, dtype="float32")
    return np.abs(maps).max(axis=-1) if maps.ndim == 4 else maps


def with_masks(owner: str, maps: Any, masks: Any) -> tuple[np.ndarray, np.ndarray]:
    """Maps (n, h, w) and the masks of the same shape."""
    given, maps, masks = np.shape(maps), one_channel(maps), np.asarray(masks)
    if maps.ndim != 3 or masks.shape != maps.shape or len(maps) == 0:
        raise ValueError(
            f"{owner}: maps has shape {given} and masks {masks.shape}; expected (n, h, w) or "
            "(n, h, w, channels), and a mask (n, h, w) for each."
        )
    if not np.isin(masks, (0, 1)).all():
        raise ValueError(f"{owner}: masks holds other values than True and False.")
    return maps, masks.astype(bool)


def blurred(x: np.ndarray, sigma: float) -> np.ndarray:
    """Images (n, h, w, c) under a Gaussian; at the border the outermost pixel goes on."""
    return np.einsum(
        "Hh,Ww,nhwc->nHWc", spread(x.shape[1], sigma), spread(x.shape[2], sigma), x, optimize=True
    ).astype("float32")


def spread(size: int, sigma: float) -> np.ndarray:
    """(size, size): the matrix of a Gaussian blur along an axis."""
    reach = max(1, int(np.ceil(3 * sigma)))
    steps = np.arange(-reach, reach + 1)
    weights = np.exp(-(steps**2) / (2 * sigma**2))
    matrix = np.zeros((size, size))
    for step, weight in zip(steps, weights / weights.sum(), strict=True):
        np.add.at(matrix, (np.arange(size), np.clip(np.arange(size) + step, 0, size - 1)), weight)
    return matrix.astype("float32")
