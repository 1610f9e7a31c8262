"""PGD: projected gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.adversarial._arguments import images
from nablab.interpret.adversarial._climb import climb


def pgd(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    alpha: float | None = None,
    steps: int = 20,
    seed: int | None = None,
    *,
    from_logits: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Climbs the loss in small steps and stays within eps of every pixel.

    FGSM trusts one gradient over the whole way. If the loss bends, the direction is soon out of
    date. PGD asks for the gradient anew at each step, so it finds worse images in the same ball. It
    is the attack by which defences are judged.

    Maths:
        x₀ = x, or uniform in the ball if there is a seed
        x_{t+1} = Π(x_t + α sign(∂L(x_t, y)/∂x))
        Π(z) = clip(clip(z, x - ε, x + ε), low, high)

    Shapes:
        x (N, ...), y (N,) -> (N, ...)

    Args:
        model: a Keras model from images to one logit for each class. It runs in inference mode, and
            nothing in it changes.
        x: images, with pixels within `bounds`.
        y: integer labels. The attack leads away from them.
        eps: ε, the most that a pixel may change.
        alpha: α, the length of a step; 2.5 ε / steps by default.
        steps: the number of steps.
        seed: draws the start. Without one, the start is x.
        from_logits: False if the model gives probabilities.
        bounds: the lowest and the highest value of a pixel.

    Returns:
        The changed images, float32.

    Raises:
        ValueError: a label is not an integer, eps is negative, alpha is not positive, or a pixel
            lies outside `bounds`.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0], [0.0, -3.0]])])
        >>> x, y = np.array([[0.5, 0.5]]), np.array([0])
        >>> pgd(net, x, y, eps=0.125, alpha=0.0625, steps=1)
        array([[0.5625, 0.4375]], dtype=float32)
        >>> pgd(net, x, y, eps=0.125, alpha=0.0625, steps=9)
        array([[0.625, 0.375]], dtype=float32)

    Source: A. Madry, A. Makelov, L. Schmidt, D. Tsipras, A. Vladu, Towards Deep Learning Models
    Resistant to Adversarial Attacks, 2018.
    """
    x, y = images("pgd", x, y, eps, bounds)
    return climb("pgd", model, x, y, eps, alpha, steps, seed, from_logits, bounds, direction=1)
