"""Dropout for a given mask."""

from __future__ import annotations

import numpy as np


def dropout(x, keep=None, rate=0.0):
    """Inverted dropout: what remains is scaled up, so that the expectation does not change.

    Maths:
        y = x · keep / (1 - rate) in training,   y = x at inference

    Shapes:
        x (...), keep, which broadcasts to x -> (...)

    Args:
        keep: 1 where an entry remains, 0 where it is dropped; None at inference. A mask of shape
            (B, 1, ..., 1, C) drops whole channels.
        rate: the fraction that is dropped.

    Example:
        >>> dropout([1.0, 2.0, 3.0, 4.0], keep=[1, 0, 1, 0], rate=0.5)
        array([2., 0., 6., 0.])

    Source: N. Srivastava, G. E. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, Dropout: A
    Simple Way to Prevent Neural Networks from Overfitting, 2014.
    """
    x = np.asarray(x, np.float64)
    return x if keep is None else x * np.asarray(keep, np.float64) / (1 - rate)
