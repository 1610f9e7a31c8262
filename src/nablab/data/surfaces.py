"""Functions of two variables to minimize, each with its value and its gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

Range = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A function f(w) of w = (w₀, w₁). A call returns `(value, gradient)`: a float and an array
    (2,)."""

    name: str
    formula: str
    limits: tuple[Range, Range]  # of w₀ and w₁ in a plot
    start: tuple[float, float]  # a good starting point
    minimum: tuple[float, float] | None  # None if there is none
    value: Callable[[float, float], float]
    slope: Callable[[float, float], tuple[float, float]]

    def __call__(self, w: ArrayLike) -> tuple[float, np.ndarray]:
        first, second = np.asarray(w, dtype=float)
        return float(self.value(first, second)), np.array(self.slope(first, second), dtype=float)


def quadratic(condition: float = 10.0) -> Surface:
    """A bowl, `condition` times as steep along w₁ as along w₀: ½ (w₀² + condition · w₁²).

    Its Hessian is diag(1, condition), so gradient descent is stable for rates below 2/condition.
    """
    return Surface(
        f"quadratic, condition {condition:g}",
        f"½ (w₀² + {condition:g} w₁²)",
        ((-5, 5), (-2.5, 2.5)),
        (-4.5, 1.5),
        (0, 0),
        lambda a, b: (a**2 + condition * b**2) / 2,
        lambda a, b: (a, condition * b),
    )


def rosenbrock() -> Surface:
    """A curved valley with steep walls and a nearly flat floor: (1 − w₀)² + 100 (w₁ − w₀²)².

    Source: H. H. Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a
    Function, 1960.
    """
    return Surface(
        "Rosenbrock",
        "(1 − w₀)² + 100 (w₁ − w₀²)²",
        ((-2, 2), (-1, 3)),
        (-1.2, 1),
        (1, 1),
        lambda a, b: (1 - a) ** 2 + 100 * (b - a**2) ** 2,
        lambda a, b: (-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)),
    )


def saddle() -> Surface:
    """A saddle between two valleys with floors at (0, ±1): ½ w₀² − ½ w₁² + ¼ w₁⁴."""
    return Surface(
        "saddle",
        "½ w₀² − ½ w₁² + ¼ w₁⁴",
        ((-2, 2), (-1.8, 1.8)),
        (-1.8, 0.001),
        (0, 1),
        lambda a, b: a**2 / 2 - b**2 / 2 + b**4 / 4,
        lambda a, b: (a, b**3 - b),
    )
