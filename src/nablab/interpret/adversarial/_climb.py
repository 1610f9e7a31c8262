"""The steps that `pgd` and `targeted` share."""

from __future__ import annotations

from typing import Any

import numpy as np

from nablab.interpret.adversarial._arguments import project, steps_of
from nablab.interpret.adversarial._loss_gradient import loss_gradient


def climb(
    method: str,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    eps: float,
    alpha: float | None,
    steps: int,
    seed: int | None,
    from_logits: bool,
    bounds: tuple[float, float],
    direction: int,
) -> np.ndarray:
    """The steps of `pgd`, up the loss of y (direction 1) or down (-1)."""
    alpha = steps_of(method, eps, alpha, steps)
    found = x
    if seed is not None:
        start = np.random.default_rng(seed).uniform(-eps, eps, x.shape).astype("float32")
        found = project(x + start, x, eps, bounds)
    for _ in range(int(steps)):
        slope = direction * np.sign(loss_gradient(model, found, y, from_logits))
        found = project(found + np.float32(alpha) * slope, x, eps, bounds)
    return found
