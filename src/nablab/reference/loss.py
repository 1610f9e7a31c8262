"""The cross-entropy loss."""

from __future__ import annotations

import numpy as np

from nablab.reference.activation import softmax


def softmax_cross_entropy(logits, y):
    """The cross-entropy between the target and the softmax of the logits, in nats.

    Maths:
        L = - Σ_k y_k log p_k,   p = softmax(logits),   log p_k = x_k - m - log Σ_j exp(x_j - m)

    Shapes:
        logits (B, K), y (B, K) -> (B,)

    Args:
        y: the target, one row of probabilities for every example: one-hot or smoothed.

    Example:
        >>> softmax_cross_entropy([[2.0, 2.0]], [[1, 0]])  # log 2
        array([0.69314718])

    Source: J. S. Bridle, Training Stochastic Model Recognition Algorithms as Networks can Lead to
    Maximum Mutual Information Estimation of Parameters, 1990.
    """
    logits, y = np.asarray(logits, np.float64), np.asarray(y, np.float64)
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return -(y * log_p).sum(axis=-1)


def softmax_cross_entropy_gradient(logits, y):
    """The gradient of each example's loss: the prediction minus the target.

    Maths:
        dL / d logits = p - y

    Shapes:
        logits (B, K), y (B, K) -> (B, K)

    Example:
        >>> softmax_cross_entropy_gradient([[2.0, 2.0]], [[1, 0]])
        array([[-0.5,  0.5]])

    Source: as for `softmax_cross_entropy`.
    """
    return softmax(logits) - np.asarray(y, np.float64)
