"""EOT: attacks that survive a change of view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from nablab.interpret.adversarial._arguments import images, project, steps_of
from nablab.interpret.adversarial._loss_gradient import gradient, losses, tensor


def expectation_over_transformation(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    transform: Callable[[Any, np.random.Generator], Any],
    alpha: float | None = None,
    steps: int = 20,
    samples: int = 8,
    seed: int = 0,
    *,
    from_logits: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Climbs the mean loss over random transformations, and stays within eps of every pixel.

    Many adversarial images lose their effect when they are shifted, turned or photographed. This
    one is made against all those views at once, so it keeps it. It is also the right attack on a
    defence that transforms its input at random.

    Maths:
        x_{t+1} = Π(x_t + α sign(1/S Σ_s ∂L(T_s(x_t), y)/∂x))
        Π(z) = clip(clip(z, x - ε, x + ε), low, high)

        T₁ … T_S are drawn anew at each step.

    Shapes:
        x (N, ...), y (N,) -> (N, ...)

    Args:
        model: a Keras model from images to one logit for each class. It runs in inference mode, and
            nothing in it changes.
        x: images, with pixels within `bounds`.
        y: integer labels. The attack leads away from them.
        eps: ε, the most that a pixel may change.
        transform: T, a function of a tensor of images and a NumPy generator. It returns a tensor
            of images, by `keras.ops`, so that it has a gradient.
        alpha: α, the length of a step; 2.5 ε / steps by default.
        steps: the number of steps.
        samples: S, the number of transformations in each step.
        seed: draws the transformations.
        from_logits: False if the model gives probabilities.
        bounds: the lowest and the highest value of a pixel.

    Returns:
        The changed images, float32. They are not transformed.

    Raises:
        ValueError: a label is not an integer, eps is negative, alpha is not positive, or a pixel
            lies outside `bounds`.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0], [0.0, -3.0]])])
        >>> def darker(x, rng):
        ...     return x * float(rng.uniform(0.5, 1))
        >>> x, y = np.array([[0.5, 0.5]]), np.array([0])
        >>> expectation_over_transformation(net, x, y, 0.125, darker, steps=3)
        array([[0.625, 0.375]], dtype=float32)

    Source: A. Athalye, L. Engstrom, A. Ilyas, K. Kwok, Synthesizing Robust Adversarial Examples,
    2018.
    """
    method = "expectation_over_transformation"
    x, y = images(method, x, y, eps, bounds)
    alpha = steps_of(method, eps, alpha, steps)
    rng, labels = np.random.default_rng(seed), ops.convert_to_tensor(y)
    found: np.ndarray = x
    for _ in range(int(steps)):
        slope = np.zeros(x.shape, "float32")
        for _ in range(samples):
            slope += ops.convert_to_numpy(
                gradient(
                    lambda z: losses(model, transform(z, rng), labels, from_logits), tensor(found)
                )
            )
        found = project(found + np.float32(alpha) * np.sign(slope), x, eps, bounds)
    return found
