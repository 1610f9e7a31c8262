"""A universal perturbation: one change for all images."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.adversarial._arguments import images, steps_of
from nablab.interpret.adversarial._loss_gradient import loss_gradient


def universal_perturbation(
    model: Any,
    x: Any,
    y: Any,
    eps: float,
    alpha: float | None = None,
    epochs: int = 10,
    batch_size: int = 100,
    seed: int = 0,
    *,
    from_logits: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Finds one change that raises the loss of all images at once.

    Other attacks need the image. This one is computed beforehand and works on images that it has
    never seen: the directions in which a net is weak are much alike for all images.

    Maths:
        δ₀ = 0
        δ_{t+1} = clip(δ_t + α sign(Σ_{n ∈ batch} ∂L(clip(x_n + δ_t, low, high), y_n)/∂x), -ε, ε)

    Shapes:
        x (N, ...), y (N,) -> (...)

    Args:
        model: a Keras model from images to one logit for each class. It runs in inference mode, and
            nothing in it changes.
        x: images to find the change with, with pixels within `bounds`.
        y: their integer labels.
        eps: ε, the most that a pixel may change.
        alpha: α, the length of a step. By default all steps together reach 2.5 times as far as ε.
        epochs: how often the images are gone through.
        batch_size: images for one step.
        seed: draws the order of the images.
        from_logits: False if the model gives probabilities.
        bounds: the lowest and the highest value of a pixel.

    Returns:
        δ, float32, without a batch axis. Add it to an image and clip the sum to `bounds`.

    Raises:
        ValueError: a label is not an integer, eps is negative, alpha is not positive, or a pixel
            lies outside `bounds`.

    Example:
        >>> net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, use_bias=False)])
        >>> net.set_weights([np.array([[0.0, 1.0], [0.0, -3.0]])])
        >>> universal_perturbation(net, np.full((5, 2), 0.5), np.zeros(5, int), eps=0.125)
        array([ 0.125, -0.125], dtype=float32)

    Source: S. Moosavi-Dezfooli, A. Fawzi, O. Fawzi, P. Frossard, Universal Adversarial
    Perturbations, 2017; in the simpler form of A. Shafahi and others, Universal Adversarial
    Training, 2020.
    """
    x, y = images("universal_perturbation", x, y, eps, bounds)
    alpha = steps_of(
        "universal_perturbation", eps, alpha, epochs * max(1, -(-len(x) // batch_size))
    )
    low, high = map(np.float32, bounds)
    rng, delta = np.random.default_rng(seed), np.zeros(x.shape[1:], "float32")
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for batch in np.split(order, range(batch_size, len(x), batch_size)):
            moved = np.clip(x[batch] + delta, low, high)
            slope = loss_gradient(model, moved, y[batch], from_logits).sum(axis=0)
            delta = np.clip(delta + np.float32(alpha) * np.sign(slope), -eps, eps)
    return delta.astype("float32")
