"""A filter for curves, drawn by hand."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret.circuits.arc_template import arc_template


def curve_detector(
    theta: float,
    *,
    size: int = 15,
    radius: float = 6,
    width: float = 1,
    inhibit: float = 0.75,
) -> np.ndarray:
    """A filter that answers 1 to one curve and 0 to an even patch.

    Whether you have understood a unit of a trained net shows when you can draw one that does the
    same. Without inhibition a curve detector also answers to a straight line and to the opposite
    curve, which touch its own curve in the middle.

    Maths:
        D = A_θ - λ A_{θ + π},  B = D - mean(D),  f = B / Σ B A_θ

        A is the arc of `arc_template`.

    Shapes:
        numbers -> f (size, size), float32

    Args:
        theta: the direction in which the circle's centre lies, in radians from right towards down.
        size, radius, width: as in `arc_template`, in pixels.
        inhibit: λ, the strength of the inhibition by the opposite curve, from 0 to 1.

    Raises:
        ValueError: if inhibit is not from 0 to 1.

    Example:
        >>> f = curve_detector(0.3)
        >>> round(float(np.sum(f * arc_template(0.3))), 3)
        1.0

    Source: N. Cammarata, G. Goh, S. Carter, C. Voss, L. Schubert, C. Olah, Curve Circuits,
    2021.
    """
    arguments.from_0_to_1("curve_detector", inhibit=inhibit)
    own, opposite = (
        arc_template(toward, size=size, radius=radius, width=width).astype(float)
        for toward in (theta, theta + np.pi)
    )
    drawn = own - inhibit * opposite
    drawn -= drawn.mean()
    return (drawn / np.sum(drawn * own)).astype("float32")
