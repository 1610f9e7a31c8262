"""A curve to show to a network, or to compare its filters with."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments

HALF_ANGLE = np.pi / 3


def arc_template(
    theta: float, *, size: int = 15, radius: float = 6, width: float = 1
) -> np.ndarray:
    """An arc through the middle of a patch, drawn with soft edges.

    Natural images hold curves of every direction; to ask a unit which ones it likes you need
    curves of which you know it. This one is a third of a circle, so that its direction is plain.

    Maths:
        A[r, c] = exp(-d² / 2w²)

        d is the distance of a pixel from the nearest point of the arc. With x to the right and y
        down from the patch's middle, the circle's centre m lies at R (cos θ, sin θ), and the arc
        are the points of the circle that m sees within 60° of the middle.

    Shapes:
        numbers -> A (size, size), float32

    Args:
        theta: the direction in which the circle's centre lies, in radians from right towards down.
        size: pixels of each side.
        radius: the circle's radius in pixels.
        width: the standard deviation of the soft edge in pixels.

    Raises:
        ValueError: if size, radius or width is not positive.

    Example:
        >>> arc_template(0, size=5, radius=2, width=1).round(2)[2].tolist()
        [0.14000000059604645, 0.6100000143051147, 1.0, 0.6100000143051147, 0.14000000059604645]

    Source: N. Cammarata, G. Goh, S. Carter, L. Schubert, M. Petrov, C. Olah, Curve Detectors,
    2020.
    """
    arguments.positive("arc_template", size=size, radius=radius, width=width)
    places = np.arange(size) - (size - 1) / 2
    pixels = places[None, :] + 1j * places[:, None]  # (size, size): x + iy
    seen = (radius - pixels * np.exp(-1j * theta)).conj()  # from the centre; the middle lies at R
    angle = np.clip(np.angle(seen), -HALF_ANGLE, HALF_ANGLE)
    distance = np.abs(seen - radius * np.exp(1j * angle))
    return np.exp(-(distance**2) / (2 * width**2)).astype("float32")
