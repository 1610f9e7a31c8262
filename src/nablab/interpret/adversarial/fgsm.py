"""FGSM: the fast gradient sign method."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.adversarial._arguments import images, project
from nablab.interpret.adversarial._loss_gradient import loss_gradient


def fgsm(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    *,
    from_logits: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Moves every pixel by eps in the direction that raises the loss: one step, one gradient.

    A net that is nearly linear in a small neighbourhood adds up the small changes of all pixels, so
    a change that nobody sees can change the answer. If the net is exactly linear, no other change
    of at most eps a pixel raises the loss more.

    Maths:
        x' = clip(x + ε sign(∂L(x, y)/∂x), low, high)
        L(x, y) = -ln p(y | x)

        sign(0) = 0: a pixel without a gradient stays.

    Shapes:
        x (N, ...), y (N,) -> (N, ...)

    Args:
        model: a Keras model from images to one logit for each class. It runs in inference mode, and
            nothing in it changes.
        x: images, with pixels within `bounds`.
        y: integer labels. The attack leads away from them.
        eps: ε, the most that a pixel may change, in units of the pixels.
        from_logits: False if the model gives probabilities. Logits are better: a saturated softmax
            has no gradient.
        bounds: the lowest and the highest value of a pixel.

    Returns:
        The changed images, float32.

    Raises:
        ValueError: a label is not an integer, eps is negative, or a pixel lies outside `bounds`.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0], [0.0, -3.0]])])
        >>> fgsm(net, np.array([[0.5, 0.5]]), np.array([0]), eps=0.125)
        array([[0.625, 0.375]], dtype=float32)

    Source: I. Goodfellow, J. Shlens, C. Szegedy, Explaining and Harnessing Adversarial Examples,
    2015.
    """
    x, y = images("fgsm", x, y, eps, bounds)
    step = np.float32(eps) * np.sign(loss_gradient(model, x, y, from_logits))
    return project(x + step, x, eps, bounds)
