"""The filters of a convolution, side by side as one image."""

from __future__ import annotations

import math

import numpy as np

from nablab._components import arguments


def filter_grid(weights, *, columns=None, gap=1):
    """All filters of a convolution as one image, each on its own scale.

    The first layer's filters can be read as small pictures. The scale of each is symmetric, so that
    0 is mid-grey in all of them and a filter's sign is seen; with the smallest and largest weight
    as black and white, a filter that is nowhere negative would look as if it were.

    Maths:
        g_f = ½ + ½ w_f / max |w_f|,   ½ where all of w_f is 0

    Shapes:
        weights (kh, kw, C, F) -> (rows, columns) or, with C = 3, (rows, columns, 3), float32 in [0,
        1]

        With C = 3 the filters are coloured and fill a grid row by row. With another C there is one
        row for each filter and one column for each channel, on the scale of the filter.

    Args:
        weights: the kernel of a convolution, in Keras's order.
        columns: of the coloured grid; by default as many as make it about square.
        gap: white pixels between two filters.

    Raises:
        ValueError: the weights do not have four axes, or `columns` or `gap` is not as described.

    Example:
        >>> filter_grid(np.array([[[[2.0, -3.0]], [[-1.0, 0.0]]]]), gap=0)
        array([[1.  , 0.25],
               [0.  , 0.5 ]], dtype=float32)

    Source: A. Krizhevsky, I. Sutskever, G. E. Hinton, ImageNet Classification with Deep
    Convolutional Neural Networks, 2012, figure 3.
    """
    w = np.asarray(weights, dtype="float64")
    if w.ndim != 4 or 0 in w.shape:
        raise ValueError(
            f"filter_grid: weights has shape {w.shape}; expected (kh, kw, channels, filters)."
        )
    gap = arguments.at_least("filter_grid", 0, gap=gap)
    kh, kw, C, F = w.shape
    largest = np.abs(w).max(axis=(0, 1, 2))
    g = 0.5 + 0.5 * w / np.where(largest > 0, largest, 1)
    if C == 3:
        across = columns or math.ceil(math.sqrt(F))
        across = arguments.positive_int("filter_grid", columns=across)
        tiles = np.moveaxis(g, 3, 0)  # (F, kh, kw, 3)
    else:
        across = C
        tiles = np.transpose(g, (3, 2, 0, 1)).reshape(F * C, kh, kw, 1)
    return _grid_of(tiles, across, gap)


def _grid_of(tiles, across, gap):
    """Tiles (n, h, w, c) in rows, on white; without the last axis if it is 1."""
    n, h, w, c = tiles.shape
    down = -(-n // across)
    sheet = np.ones((down * (h + gap) - gap, across * (w + gap) - gap, c), "float32")
    for i, tile in enumerate(tiles):
        r, s = (i // across) * (h + gap), (i % across) * (w + gap)
        sheet[r : r + h, s : s + w] = tile
    return sheet[..., 0] if c == 1 else sheet
