"""fans: how many inputs an output reads, and how many outputs read an input."""

from __future__ import annotations

import math


def fans(shape):
    """Fan-in and fan-out of a kernel.

    Maths:
        fan_in = k₁ k₂ … C,   fan_out = k₁ k₂ … F

        An output is a sum of fan_in products. An input enters fan_out of them, apart from borders
        and strides.

    Shapes:
        (k₁, k₂, …, C, F), for a convolution; (n, m), with no k, for a dense layer

    Raises:
        ValueError: the shape has fewer than two axes.

    Example:
        >>> fans((3, 3, 16, 32))
        (144, 288)
        >>> fans((10, 4))
        (10, 4)

    Source: X. Glorot, Y. Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010; for convolutions: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers:
    Surpassing Human-Level Performance on ImageNet Classification, 2015.
    """
    if len(shape) < 2:
        raise ValueError(
            f"fans: shape is {tuple(shape)}; expected a kernel's, with at least two axes."
        )
    *window, inputs, outputs = shape
    return math.prod(window) * inputs, math.prod(window) * outputs
