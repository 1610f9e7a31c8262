"""Whether two layers represent the same inputs alike."""

from __future__ import annotations

from typing import Any

import numpy as np


def cka(first: Any, second: Any) -> np.ndarray:
    """Linear centred kernel alignment: how alike two sets of answers to the same n inputs are.

    Units of two nets have no common order, so they cannot be compared one by one. What can be
    compared is which *inputs* each net takes to be alike. Mind the baseline: two layers with random
    weights are alike as well, and with more units than inputs even noise looks alike.

    Maths:
        CKA = |Yᵀ X|² / (|Xᵀ X| |Yᵀ Y|)

        X and Y are the answers with centred columns, and the norms are Frobenius norms.

    Shapes:
        first (inputs, ...), second (inputs, ...) -> one number from 0 to 1, float32. All axes after
        the first are taken as units. It is 0 if one of them answers the same to every input.

    Args:
        first, second: the answers of two layers to the same inputs, in the same order.

    Raises:
        ValueError: if the two have different numbers of inputs.

    Example:
        >>> float(cka([[0.0], [1.0], [2.0]], [[5.0], [3.0], [1.0]]))
        1.0

    Source: S. Kornblith, M. Norouzi, H. Lee, G. Hinton, Similarity of Neural Network
    Representations Revisited, 2019.
    """
    from keras import ops

    def centred(answers: Any) -> np.ndarray:
        flat = np.asarray(ops.convert_to_numpy(answers), dtype=float)
        flat = flat.reshape(len(flat), -1)
        return flat - flat.mean(axis=0)

    X, Y = centred(first), centred(second)
    if len(X) != len(Y):
        raise ValueError(f"the same inputs are needed, but there are {len(X)} and {len(Y)}")
    if max(X.shape[1], Y.shape[1]) > len(X):  # the same numbers out of the smaller matrices
        K, L = X @ X.T, Y @ Y.T
        joint, own, other = np.sum(K * L), np.linalg.norm(K), np.linalg.norm(L)
    else:
        joint = np.sum((Y.T @ X) ** 2)
        own, other = np.linalg.norm(X.T @ X), np.linalg.norm(Y.T @ Y)
    return np.asarray(joint / (own * other) if own * other > 0 else 0, dtype="float32")
