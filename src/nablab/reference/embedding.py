"""A row of a table for every id."""

from __future__ import annotations

import numpy as np


def embedding(ids, E):
    """The rows of a table at the given ids.

    Maths:
        y = E[id]:   the same as (one-hot vector of id) E

    Shapes:
        ids (...), E (m, n) -> (..., n)

    Example:
        >>> embedding([2, 0], [[1, 2], [3, 4], [5, 6]])
        array([[5., 6.],
               [1., 2.]])

    Source: Y. Bengio, R. Ducharme, P. Vincent, C. Jauvin, A Neural Probabilistic Language Model,
    2003.
    """
    return np.asarray(E, np.float64)[np.asarray(ids, int)]


def embedding_gradient(ids, m, dy):
    """The gradient of a loss with respect to the table, given dy = ∂L/∂y.

    Maths:
        dE[k] = Σ dy over all positions whose id is k

    Shapes:
        ids (...), m rows of the table, dy (..., n) -> (m, n)

    Example:
        >>> embedding_gradient([1, 1], 3, [[1, 2], [10, 20]])
        array([[ 0.,  0.],
               [11., 22.],
               [ 0.,  0.]])

    Source: as for `embedding`.
    """
    ids, dy = np.asarray(ids, int), np.asarray(dy, np.float64)
    dE = np.zeros((m, dy.shape[-1]))
    for i in np.ndindex(*ids.shape):
        dE[ids[i]] += dy[i]
    return dE
