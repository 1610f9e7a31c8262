"""The transfer matrix: who is deceived by whose adversarial images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from nablab.interpret.adversarial._loss_gradient import tensor


def transfer_matrix(
    models: Sequence[Any], x: Any, y: Any, attack: Callable[[Any, Any, Any], Any]
) -> np.ndarray:
    """The accuracy of every model on the images that were made against every model.

    An image that deceives one net often deceives another one, which was trained apart and may be
    built otherwise. So an attacker does not need the net, and a defence that only hides its
    gradients shows up: images made against another net hurt it more than its own.

    Maths:
        A[i, j] = share of images n with argmax f_j(x'_n) = y_n,   x' made against f_i

    Shapes:
        x (N, ...), y (N,) -> (m, m), float32; m models

    Args:
        models: Keras models from images to one number for each class.
        x: images.
        y: integer labels.
        attack: a function of (model, x, y) that returns the changed images, such as
            `lambda model, x, y: fgsm(model, x, y, 0.1)`.

    Returns:
        A, float64. Row i: made against model i. Column j: read by model j.

    Raises:
        ValueError: there is no model.

    Example:
        >>> from nablab.interpret.adversarial import fgsm
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0], [0.0, -3.0]])])
        >>> x, y = np.array([[0.5, 0.25], [0.25, 0.5]]), np.array([0, 0])
        >>> transfer_matrix([net], x, y, lambda model, x, y: fgsm(model, x, y, 0.1))
        array([[0.5]], dtype=float32)

    Source: N. Papernot, P. McDaniel, I. Goodfellow, Transferability in Machine Learning, 2016.
    """
    if not models:
        raise ValueError("transfer_matrix: there is no model; pass a list of at least one.")
    y = np.asarray(y)
    made = [attack(maker, x, y) for maker in models]
    found = [[_accuracy(reader, images, y) for reader in models] for images in made]
    return np.array(found, dtype="float32")


def _accuracy(model: Any, x: Any, y: np.ndarray) -> float:
    answers = keras.ops.convert_to_numpy(model(tensor(x), training=False)).argmax(axis=-1)
    return float(np.mean(answers == y))
