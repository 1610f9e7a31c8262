"""Convolution on the group p4: translations, and rotations by 0°, 90°, 180° and 270°.

All rotations here are `np.rot90`, which moves the right-hand side of an image to its top. Rotating
the input once rotates every output map once and moves it to the next index of the rotation axis:

    p4_lift(rot(x))[r] = rot(p4_lift(x)[r - 1])      r modulo 4
"""

from __future__ import annotations

import numpy as np

from nablab.reference.convolution import conv


def p4_lift(x, W, b=None, padding="valid"):
    """Correlates images with every filter in four rotations.

    Maths:
        Y[:, :, r, f] = b[f] + X ⋆ rot^r(W)[f]

    Shapes:
        x (B, H, W, C), W (k, k, C, F), b (F,) or None -> (B, h, w, 4, F)
        h = H - k + 1 for "valid", h = H for "same"

    Example:
        >>> x = np.array([[0.0, 1.0], [0.0, 0.0]]).reshape(1, 2, 2, 1)
        >>> W = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
        >>> p4_lift(x, W).ravel()
        array([2., 4., 3., 1.])

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """
    x, W = _padded(np.asarray(x, np.float64), len(W), padding), np.asarray(W, np.float64)
    rotated = [np.rot90(W, r, axes=(0, 1)) for r in range(4)]
    return np.stack([np.stack([conv(image, w, b) for w in rotated], axis=2) for image in x])


def p4_conv(x, W, b=None, padding="valid"):
    """Correlates maps of four rotations with every filter rotated in space and rolled.

    Maths:
        Y[:, :, r, f] = b[f] + Σ_s X[:, :, s] ⋆ rot^r(W)[s - r, f]      s - r modulo 4

    Shapes:
        x (B, H, W, 4, C), W (k, k, 4, C, F), b (F,) or None -> (B, h, w, 4, F)

    Example:
        >>> x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 1, 4, 1)
        >>> p4_conv(x, np.array([1.0, 2.0, 0.0, 0.0]).reshape(1, 1, 4, 1, 1)).ravel()
        array([  21.,  210., 2100., 1002.])

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """
    x, W = _padded(np.asarray(x, np.float64), len(W), padding), np.asarray(W, np.float64)
    b = np.zeros(W.shape[-1]) if b is None else np.asarray(b, np.float64)
    k = len(W)
    out = np.zeros((x.shape[0], x.shape[1] - k + 1, x.shape[2] - k + 1, 4, W.shape[-1]))
    for n, r, s in np.ndindex(x.shape[0], 4, 4):
        out[n, :, :, r] += conv(x[n, :, :, s], np.rot90(W[:, :, (s - r) % 4], r, axes=(0, 1)))
    return out + b


def p4_pool(x, mode="max"):
    """The maximum or the mean of the four rotations.

    Maths:
        Y[h, w, c] = max over r of X[h, w, r, c],   or Σ_r X[h, w, r, c] / 4

    Shapes:
        x (B, H, W, 4, C) -> (B, H, W, C)

    Example:
        >>> p4_pool(np.array([1.0, 2.0, 6.0, 3.0]).reshape(1, 1, 1, 4, 1), "mean").ravel()
        array([3.])

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """
    x = np.asarray(x, np.float64)
    return x.max(axis=3) if mode == "max" else x.mean(axis=3)


def _padded(x, k, padding):
    """x, with zeros around it for "same"; an odd row or column is after it."""
    if padding == "valid":
        return x
    pads = ((k - 1) // 2, k // 2)
    return np.pad(x, [(0, 0), pads, pads] + [(0, 0)] * (x.ndim - 3))
