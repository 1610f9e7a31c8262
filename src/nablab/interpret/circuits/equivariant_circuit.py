"""Curve detectors of every direction, made of lines of every direction."""

from __future__ import annotations

import numpy as np

from nablab._components import arguments
from nablab.interpret.circuits.arc_template import arc_template


def equivariant_circuit(
    *,
    curves: int = 8,
    lines: int = 8,
    size: int = 9,
    radius: float = 6,
    width: float = 1,
    inhibit: float = 0.75,
) -> np.ndarray:
    """The kernel of a layer that reads channels of oriented lines and answers to curves.

    Trained nets build curve detectors out of line detectors, and the weights of one detector are
    those of another, turned: the channels as well as the pixels. This circuit has that symmetry by
    construction. It is exact for quarter turns, because pixels lie on a square grid.

    Maths:
        w[r, c, m, f] = A_θ cos 2(φ_m - τ_θ) - λ A_{θ + π} cos 2(φ_m - τ_{θ + π})

        Of M channels the m-th answers to lines in direction φ_m = mπ/M, and of F curves the f-th
        bends towards θ = 2πf/F. A is the arc of `arc_template`, and τ the tangent of its circle at
        a pixel.

    Shapes:
        numbers -> w (size, size, lines, curves), float32

    Args:
        curves, lines: how many directions of each there are.
        size, radius, width: as in `arc_template`, in pixels.
        inhibit: λ, the strength of the inhibition by the opposite curve, from 0 to 1.

    Raises:
        ValueError: if inhibit is not from 0 to 1, or curves or lines is not positive.

    Example:
        >>> w = equivariant_circuit()
        >>> turned = np.roll(np.rot90(w[:, :, :, 0], -1), 4, axis=2)  # pixels and lines
        >>> bool(np.allclose(turned, w[:, :, :, 2], atol=1e-5))
        True

    Source: C. Olah, N. Cammarata, C. Voss, L. Schubert, G. Goh, Naturally Occurring
    Equivariance in Neural Networks, 2020.
    """
    arguments.from_0_to_1("equivariant_circuit", inhibit=inhibit)
    arguments.positive("equivariant_circuit", curves=curves, lines=lines)
    places = np.arange(size) - (size - 1) / 2
    pixels = places[None, :] + 1j * places[:, None]
    channels = np.exp(-2j * np.pi * np.arange(lines) / lines)  # twice the direction of each line

    def reads(theta: float) -> np.ndarray:
        radial = pixels - radius * np.exp(1j * theta)
        # A tangent stands across the radius: twice its direction has the opposite sign.
        doubled = -((radial / np.maximum(np.abs(radial), 1e-12)) ** 2)
        arc = arc_template(theta, size=size, radius=radius, width=width)
        return arc[:, :, None] * (doubled[:, :, None] * channels).real

    turns = 2 * np.pi * np.arange(curves) / curves
    circuit = [reads(theta) - inhibit * reads(theta + np.pi) for theta in turns]
    return np.stack(circuit, axis=-1).astype("float32")
