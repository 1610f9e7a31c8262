"""Targeted PGD: towards a class that the attacker chooses."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.adversarial._arguments import images
from nablab.interpret.adversarial._climb import climb


def targeted(
    model: Any,
    x: Any,
    target: Any,
    eps: float,
    alpha: float | None = None,
    steps: int = 20,
    seed: int | None = None,
    *,
    from_logits: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Lowers the loss of a chosen class in small steps and stays within eps of every pixel.

    `pgd` only leads away from the right answer. Here the wrong answer is chosen too: a 7 that is
    read as a 1, a stop sign that is read as a speed limit.

    Maths:
        x_{t+1} = Π(x_t - α sign(∂L(x_t, target)/∂x))
        Π(z) = clip(clip(z, x - ε, x + ε), low, high)

    Shapes:
        x (N, ...), target (N,) -> (N, ...)

    Args:
        model: a Keras model from images to one logit for each class. It runs in inference mode, and
            nothing in it changes.
        x: images, with pixels within `bounds`.
        target: for each image, the integer label that the model should give.
        eps: ε, the most that a pixel may change.
        alpha: α, the length of a step; 2.5 ε / steps by default.
        steps: the number of steps.
        seed: draws the start in the ball. Without one, the start is x.
        from_logits: False if the model gives probabilities.
        bounds: the lowest and the highest value of a pixel.

    Returns:
        The changed images, float32.

    Raises:
        ValueError: a target is not an integer, eps is negative, alpha is not positive, or a pixel
            lies outside `bounds`.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]])])
        >>> targeted(net, np.array([[0.5, 0.5]]), np.array([1]), eps=0.25, steps=5)
        array([[0.75, 0.25]], dtype=float32)

    Source: A. Kurakin, I. Goodfellow, S. Bengio, Adversarial Machine Learning at Scale, 2017.
    """
    x, target = images("targeted", x, target, eps, bounds)
    return climb(
        "targeted", model, x, target, eps, alpha, steps, seed, from_logits, bounds, direction=-1
    )
