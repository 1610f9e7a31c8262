"""Convolution on the group p4: shifts, and turns by 0°, 90°, 180° and 270°.

All turns here are `np.rot90`: one turn takes the right-hand side of an image to its top. Turning
the input once turns every map of the output once and moves it one place on along the axis of turns:

    p4_lift(turned(x))[r] = turned(p4_lift(x)[r - 1])      r modulo 4
"""

from __future__ import annotations

import numpy as np

from nablab.reference.convolution import conv


def p4_lift(x, W, b=None, padding="valid"):
    """Correlates images with every filter in four turns.

    Maths:
        Y[:, :, r, f] = b[f] + X ⋆ turn^r(W)[f]

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
    x, W = _framed(np.asarray(x, np.float64), len(W), padding), np.asarray(W, np.float64)
    turned = [np.rot90(W, r, axes=(0, 1)) for r in range(4)]
    return np.stack([np.stack([conv(image, w, b) for w in turned], axis=2) for image in x])


def p4_conv(x, W, b=None, padding="valid"):
    """The same for maps that have an axis of turns: the filter's own such axis is rolled, too.

    Maths:
        Y[:, :, r, f] = b[f] + Σ_s X[:, :, s] ⋆ turn^r(W)[s - r, f]      s - r modulo 4

    Shapes:
        x (B, H, W, 4, C), W (k, k, 4, C, F), b (F,) or None -> (B, h, w, 4, F)

    Example:
        >>> x = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 1, 4, 1)
        >>> p4_conv(x, np.array([1.0, 2.0, 0.0, 0.0]).reshape(1, 1, 4, 1, 1)).ravel()
        array([  21.,  210., 2100., 1002.])

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """
    x, W = _framed(np.asarray(x, np.float64), len(W), padding), np.asarray(W, np.float64)
    b = np.zeros(W.shape[-1]) if b is None else np.asarray(b, np.float64)
    k = len(W)
    out = np.zeros((x.shape[0], x.shape[1] - k + 1, x.shape[2] - k + 1, 4, W.shape[-1]))
    for n, r, s in np.ndindex(x.shape[0], 4, 4):
        out[n, :, :, r] += conv(x[n, :, :, s], np.rot90(W[:, :, (s - r) % 4], r, axes=(0, 1)))
    return out + b


def p4_pool(x, mode="max"):
    """The largest, or the mean, of the four turns.

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


def _framed(x, k, padding):
    """With zeros around it for "same", the odd row and column after."""
    if padding == "valid":
        return x
    around = ((k - 1) // 2, k // 2)
    return np.pad(x, [(0, 0), around, around] + [(0, 0)] * (x.ndim - 3))
