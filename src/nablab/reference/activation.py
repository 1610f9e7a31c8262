"""Activations: ReLU, GELU and softmax."""

from __future__ import annotations

import math

import numpy as np


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """A rectifier: positive inputs pass.

    Maths:
        y = x if x > θ, otherwise a (x - θ);   with an upper limit m, y ← min(y, m)

    Shapes:
        x (...) -> (...)

    Args:
        negative_slope: a.
        max_value: m, or None.
        threshold: θ.

    Example:
        >>> relu([-2.0, 3.0, 8.0], negative_slope=0.5, max_value=6)
        array([-1.,  3.,  6.])

    Source: V. Nair, G. E. Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines,
    2010; with a slope: A. L. Maas, A. Y. Hannun, A. Y. Ng, Rectifier Nonlinearities Improve Neural
    Network Acoustic Models, 2013.
    """
    x = np.asarray(x, np.float64)
    y = np.where(x > threshold, x, negative_slope * (x - threshold))
    return y if max_value is None else np.minimum(y, max_value)


def gelu(x, approximate=False):
    """x times the probability that a standard normal variable is smaller.

    Maths:
        y = x Φ(x),   Φ(x) = (1 + erf(x / √2)) / 2
        approximate:  Φ(x) ≈ (1 + tanh(√(2 / π) (x + 0.044715 x³))) / 2

    Shapes:
        x (...) -> (...)

    Example:
        >>> gelu([-1.0, 0.0, 1.0]).round(4)
        array([-0.1587,  0.    ,  0.8413])

    Source: D. Hendrycks, K. Gimpel, Gaussian Error Linear Units (GELUs), 2016.
    """
    x = np.asarray(x, np.float64)
    if approximate:
        return x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    erf = np.array([math.erf(v / math.sqrt(2)) for v in x.ravel()]).reshape(x.shape)
    return x * (1 + erf) / 2


def softmax(x, axis=-1, attend_mask=None):
    """Probabilities that sum to 1, in proportion to eˣ.

    Maths:
        y_i = exp(x_i - m) / Σ_j exp(x_j - m),   m = max_j x_j

        The sum and the maximum are over the entries where the mask is True. The others get 0, and
        so does every entry of a row that is masked entirely.

    Shapes:
        x (...), attend_mask, which broadcasts to x, or None -> (...)

    Args:
        attend_mask: False excludes an entry.

    Example:
        >>> softmax([[0.0, 0.0, 9.0], [1.0, 2.0, 3.0]], attend_mask=[[1, 1, 0], [0, 0, 0]])
        array([[0.5, 0.5, 0. ],
               [0. , 0. , 0. ]])

    Source: J. S. Bridle, Probabilistic Interpretation of Feedforward Classification Network
    Outputs, with Relationships to Statistical Pattern Recognition, 1990.
    """
    x = np.asarray(x, np.float64)
    mask = np.ones(x.shape, bool) if attend_mask is None else np.asarray(attend_mask, bool)
    mask = np.broadcast_to(mask, x.shape)
    y = np.zeros_like(x)
    x_rows, y_rows, mask_rows = (np.moveaxis(a, axis, -1) for a in (x, y, mask))
    for row in np.ndindex(x_rows.shape[:-1]):
        allowed = mask_rows[row]
        if allowed.any():
            logits = x_rows[row][allowed]
            e = np.exp(logits - logits.max())
            y_rows[row][allowed] = e / e.sum()
    return y


def softmax_gradient(y, dy, axis=-1):
    """The gradient through softmax, from its output y. Where a mask made y 0, it is 0.

    Maths:
        dx_i = y_i (dy_i - Σ_j y_j dy_j)

    Shapes:
        y (...), dy (...) -> dx (...)

    Example:
        >>> softmax_gradient([0.5, 0.5], [1.0, 0.0])
        array([ 0.25, -0.25])

    Source: J. S. Bridle, as for `softmax`.
    """
    y, dy = np.asarray(y, np.float64), np.asarray(dy, np.float64)
    return y * (dy - (y * dy).sum(axis=axis, keepdims=True))
