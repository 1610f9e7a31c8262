"""The maximum of several affine maps."""

from __future__ import annotations

import numpy as np

from nablab.reference.dense import dense


def maxout(x, W, b=None):
    """A maxout layer: for every unit, the maximum of its affine pieces.

    Maths:
        y[u] = max over k of (x W_k + b_k)[u]

    Shapes:
        x (..., n), W (pieces, n, units), b (pieces, units) or None -> (..., units)

    Example:
        >>> maxout([[-2.0], [3.0]], [[[1.0]], [[-1.0]]])
        array([[2.],
               [3.]])

    Source: I. J. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, Maxout Networks,
    2013.
    """
    W = np.asarray(W, np.float64)
    pieces = [dense(x, W[k], None if b is None else b[k]) for k in range(len(W))]
    return np.max(pieces, axis=0)


def maxout_gradients(x, W, b, dy):
    """The gradients of a loss, given dy = ∂L/∂y: dy goes to the piece with the maximum.

    Maths:
        k* = the first k with (x W_k + b_k)[u] = y[u]
        dW_k[:, u] = Σ x dy[u],   db_k[u] = Σ dy[u]      over the examples with k*(u) = k
        dx = Σ_u dy[u] W_{k*}[:, u]

    Shapes:
        x (N, n), W (pieces, n, units), b (pieces, units), dy (N, units)
        -> dx (N, n), dW (pieces, n, units), db (pieces, units)

    Example:
        >>> maxout_gradients([[-2.0]], [[[1.0]], [[-1.0]]], np.zeros((2, 1)), [[1.0]])[0]
        array([[-1.]])

    Source: as for `maxout`.
    """
    x, W, b, dy = (np.asarray(a, np.float64) for a in (x, W, b, dy))
    dx, dW, db = np.zeros_like(x), np.zeros_like(W), np.zeros_like(b)
    winner = np.argmax([dense(x, W[k], b[k]) for k in range(len(W))], axis=0)
    for example, u in np.ndindex(dy.shape):
        k = winner[example, u]
        dx[example] += dy[example, u] * W[k, :, u]
        dW[k, :, u] += dy[example, u] * x[example]
        db[k, u] += dy[example, u]
    return dx, dW, db
