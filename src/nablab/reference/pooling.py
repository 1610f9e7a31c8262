"""Pooling: one number for a whole window."""

from __future__ import annotations

import numpy as np


def maxpool(x, size, stride=None, *, clipped=False):
    """The largest value in every window, channel by channel.

    Maths:
        Y[i, j, f] = max X[i·sh + u, j·sw + v, f]   over 0 ≤ u < ph, 0 ≤ v < pw

    Shapes:
        x (H, W, F), size (ph, pw), stride (sh, sw) -> (h, w, F) with
        h = ⌊(H - ph) / sh⌋ + 1, w = ⌊(W - pw) / sw⌋ + 1

    Args:
        stride: `size` if None.
        clipped: also take the windows that start inside the image and stick out of it below or on
            the right, cut to the part inside, as long as they reach pixels that no earlier window
            has. Then h = ⌈(H - ph) / sh⌉ + 1 where H ≥ ph and sh ≤ ph.

    Example:
        >>> maxpool(np.arange(6.0).reshape(2, 3, 1), (2, 2))[:, :, 0]
        array([[4.]])
        >>> maxpool(np.arange(6.0).reshape(2, 3, 1), (2, 2), clipped=True)[:, :, 0]
        array([[4., 5.]])

    Source: K. Yamaguchi, K. Sakamoto, T. Akabane, Y. Fujimoto, A Neural Network for
    Speaker-Independent Isolated Word Recognition, 1990.
    """
    x = np.asarray(x, dtype=np.float64)
    (H, W, F), (ph, pw) = x.shape, size
    sh, sw = stride or size
    h, w = _windows(H, ph, sh, clipped), _windows(W, pw, sw, clipped)
    out = np.empty((h, w, F))
    for i in range(h):
        for j in range(w):
            out[i, j] = x[i * sh : i * sh + ph, j * sw : j * sw + pw].max(axis=(0, 1))
    return out


def _windows(length, size, stride, clipped):
    """How many windows there are along one axis."""
    if length < size and not clipped:
        raise ValueError(f"a window of {size} does not fit in {length}")
    left = max(length - size, 0)
    if not clipped:
        return left // stride + 1
    return min(-(-left // stride) + 1, -(-length // stride))
