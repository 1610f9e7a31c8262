"""fans: how many inputs an output reads, and how many outputs read an input."""

from __future__ import annotations

import math


def fans(shape, input_axes=None, output_axes=None):
    """Fan-in and fan-out of a kernel, from which the scale of its weights follows.

    Maths:
        fan_in = k₁ k₂ … C,   fan_out = k₁ k₂ … F

        An output is a sum of fan_in products. An input enters fan_out of them, apart from borders
        and strides. If you name the axes of the inputs and of the outputs, the fans are the
        products of their sizes.

    Shapes:
        (k₁, k₂, …, C, F), for a convolution; (n, m), with no k, for a dense layer; for a vector
        (n,), such as a bias, both fans are n, as in Keras, and for a number 1

    Args:
        input_axes, output_axes: lists of axes; both or neither. A kernel (n, heads, d) of queries
            has the inputs [0] and the outputs [1, 2].

    Raises:
        ValueError: only one of `input_axes` and `output_axes` is given, or the shape lacks one.

    Example:
        >>> fans((3, 3, 16, 32))
        (144, 288)
        >>> fans((10, 4))
        (10, 4)
        >>> fans((512, 8, 64), input_axes=[0], output_axes=[1, 2])
        (512, 512)

    Source: X. Glorot, Y. Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010; for convolutions: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers:
    Surpassing Human-Level Performance on ImageNet Classification, 2015.
    """
    if (input_axes is None) != (output_axes is None):
        raise ValueError(
            f"fans: input_axes is {input_axes!r} and output_axes {output_axes!r}; expected both or "
            "neither."
        )
    if input_axes is not None:
        rank = len(shape)
        if not all(-rank <= axis < rank for axis in (*input_axes, *output_axes)):
            raise ValueError(
                f"fans: shape is {tuple(shape)}, input_axes {input_axes!r} and output_axes "
                f"{output_axes!r}; expected axes of the shape."
            )
        inputs, outputs = ([shape[axis] for axis in axes] for axes in (input_axes, output_axes))
        return math.prod(inputs), math.prod(outputs)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    *window, inputs, outputs = shape
    return math.prod(window) * inputs, math.prod(window) * outputs
