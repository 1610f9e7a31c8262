"""What every attack asks of its arguments, and what keeps an image within its bounds."""

from __future__ import annotations

from typing import Any

import numpy as np


def images(
    method: str, x: Any, y: Any, eps: float, bounds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The images as float32 and the labels as whole numbers, once they are known to fit."""
    x, y = np.asarray(x, "float32"), np.asarray(y)
    if y.dtype.kind not in "iu" or y.shape != x.shape[:1]:
        raise ValueError(
            f"{method}: labels are integers, one for each image, so y has shape {x.shape[:1]}; got "
            f"{y.dtype} of shape {y.shape}."
        )
    if eps < 0:
        raise ValueError(f"{method}: eps is {eps}; it must not be negative.")
    low, high = bounds
    if x.size and (x.min() < low or x.max() > high):
        raise ValueError(
            f"{method}: pixels lie between {x.min():g} and {x.max():g}, outside bounds "
            f"({low:g}, {high:g}); scale the images, or pass their own bounds."
        )
    return x, y


def steps_of(method: str, eps: float, alpha: float | None, steps: int) -> float:
    """alpha; left out, it is so large that the steps together reach 2.5 times as far as eps."""
    if steps != int(steps) or steps < 0:
        raise ValueError(f"{method}: steps is {steps}; it must be 0 or a positive integer.")
    if alpha is None:
        return 2.5 * eps / max(steps, 1)
    if alpha <= 0:
        raise ValueError(f"{method}: alpha is {alpha}; it must be positive.")
    return alpha


def project(z: np.ndarray, x: np.ndarray, eps: float, bounds: tuple[float, float]) -> np.ndarray:
    """The point nearest to z in the ball around x that also lies within the bounds."""
    reach, (low, high) = np.float32(eps), np.array(bounds, "float32")
    near: np.ndarray = np.clip(np.clip(z, x - reach, x + reach), low, high)
    return near
