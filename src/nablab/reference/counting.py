"""Shapes, parameters and multiplications of a list of layers.

A layer is a dict with its kind and the Keras arguments of that kind: `dense` (units, use_bias),
`conv2d` (filters, kernel_size, strides, padding, use_bias), `depthwise_conv2d` (depth_multiplier in
place of filters), `max_pool2d` (pool_size, strides, padding), `flatten`, `batch_norm`, `embedding`
(input_dim, output_dim). Shapes have no batch axis, and channels come last.
"""

from __future__ import annotations

from math import prod

from nablab.reference.sizes import out_size

CONVOLUTIONS = ("conv2d", "depthwise_conv2d")


def output_shape(layer, shape):
    """The output shape of a layer.

    Maths:
        (H, W, C) -> (H', W', F), H' and W' by `out_size` from the window's size and stride;
        F is `filters` for conv2d, C·depth_multiplier for depthwise_conv2d, C for max_pool2d

    Example:
        >>> output_shape({"kind": "max_pool2d", "pool_size": (2, 3), "strides": (2, 3),
        ...     "padding": "valid"}, (7, 9, 4))
        (3, 3, 4)

    Source: as for `out_size`.
    """
    kind = layer["kind"]
    if kind == "dense":
        return (*shape[:-1], layer["units"])
    if kind == "embedding":
        return (*shape, layer["output_dim"])
    if kind == "flatten":
        return (prod(shape),)
    if kind == "batch_norm":
        return tuple(shape)
    window = layer["pool_size" if kind == "max_pool2d" else "kernel_size"]
    sides = [
        out_size(n, k, s, layer["padding"])
        for n, k, s in zip(shape, window, layer["strides"], strict=False)
    ]
    channels = {
        "max_pool2d": lambda: shape[-1],
        "conv2d": lambda: layer["filters"],
        "depthwise_conv2d": lambda: shape[-1] * layer["depth_multiplier"],
    }[kind]()
    return (*sides, channels)


def shapes_through(layers, input_shape):
    """The shape of the input, and the shape after each layer.

    Maths:
        shape_0 = input_shape, shape_l = output_shape(layer_l, shape_{l-1})

    Example:
        >>> shapes_through([{"kind": "flatten"}], (2, 3, 5))
        [(2, 3, 5), (30,)]

    Source: as for `out_size`.
    """
    shapes = [tuple(input_shape)]
    for layer in layers:
        shapes.append(output_shape(layer, shapes[-1]))
    return shapes


def param_count(layers, input_shape):
    """The number of parameters of each layer, including those that are not trainable.

    Maths:
        dense D·M + M; conv2d kh·kw·C·F + F; depthwise_conv2d kh·kw·C·m + C·m; batch_norm 4·C
        (scale, shift, mean, variance); embedding input_dim·output_dim; others 0; the last term of
        the first three is the bias

    Example:
        >>> param_count([{"kind": "flatten"}, {"kind": "dense", "units": 7, "use_bias": True}],
        ...     (2, 3, 5))
        [0, 217]

    Source: Keras's `count_params()`.
    """
    counts = []
    for layer, before, after in _steps(layers, input_shape):
        kind = layer["kind"]
        if kind == "batch_norm":
            weights = 4 * after[-1]
        elif kind == "embedding":
            weights = layer["input_dim"] * layer["output_dim"]
        else:
            weights = _reads(layer, before) * after[-1]
        counts.append(weights + (after[-1] if layer.get("use_bias") else 0))
    return counts


def multiplications(layers, input_shape):
    """The number of multiplications by a weight in each dense or convolution layer.

    Maths:
        (number of outputs) · (number of weights that each output reads), without biases; the
        zeros of the padding count like pixels

    Example:
        >>> multiplications([{"kind": "flatten"}, {"kind": "dense", "units": 7, "use_bias": True}],
        ...     (2, 3, 5))
        [0, 210]

    Source: as for `out_size`.
    """
    return [
        _reads(layer, before) * prod(after) for layer, before, after in _steps(layers, input_shape)
    ]


def _steps(layers, input_shape):
    """Each layer with the shapes before and after it."""
    shapes = shapes_through(layers, input_shape)
    return zip(layers, shapes, shapes[1:], strict=False)


def _reads(layer, shape):
    """The number of weights that one output of a dense or convolution layer reads."""
    if layer["kind"] == "dense":
        return shape[-1]
    if layer["kind"] not in CONVOLUTIONS:
        return 0
    return prod(layer["kernel_size"]) * (shape[-1] if layer["kind"] == "conv2d" else 1)
