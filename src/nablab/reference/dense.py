"""A weighted sum of all inputs for every unit."""

from __future__ import annotations

import numpy as np


def dense(x, W, b=None):
    """A dense layer before its activation.

    Maths:
        y = x W + b

    Shapes:
        x (..., n), W (n, m), b (m,) or None -> (..., m)

    Example:
        >>> dense([1, 2], [[1, 0, 1], [0, 1, 1]], [10, 20, 30])
        array([11., 22., 33.])

    Source: F. Rosenblatt, The Perceptron, 1958.
    """
    y = np.asarray(x, np.float64) @ np.asarray(W, np.float64)
    return y if b is None else y + np.asarray(b, np.float64)


def dense_gradients(x, W, dy):
    """The gradients of a loss with respect to x, W and b, given dy = ∂L/∂y.

    Maths:
        dx = dy Wᵀ,   dW = Σ xᵀ dy,   db = Σ dy      (sums over all examples)

    Shapes:
        x (..., n), W (n, m), dy (..., m) -> dx (..., n), dW (n, m), db (m,)

    Example:
        >>> dense_gradients([[1, 2]], [[1, 0], [0, 1]], [[1, -1]])[1]
        array([[ 1., -1.],
               [ 2., -2.]])

    Source: D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning Representations by
    Back-propagating Errors, 1986.
    """
    x, W, dy = (np.asarray(a, np.float64) for a in (x, W, dy))
    rows, errors = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return dy @ W.T, rows.T @ errors, errors.sum(axis=0)
