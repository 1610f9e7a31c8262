"""lsuv: kernels scaled layer by layer until the outputs on data have variance 1."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab.initializers.orthogonal import Orthogonal


def lsuv(model, x, tolerance=0.05, max_rounds=10, seed=0):
    """Layer-sequential unit-variance initialization: orthogonal kernels, each divided by the
    standard deviation of its output until that has variance 1.

    A formula such as He's knows the layer, but not the data and not the layers that have no kernel.
    Measuring the output sees all of them.

    Maths:
        for every layer, from the first to the last:
            W ← orthogonal
            while |Var y - 1| ≥ tolerance:  W ← W / √(Var y)

        y is the output of the layer on x before its activation, over all examples, positions and
        units. A layer is scaled after the layers before it, so its inputs are final.

    Shapes:
        x: a batch of inputs of the model, a few hundred examples

    Args:
        model: a sequential or functional model, built, with no layer used twice. Layers with a
            `kernel` are initialized. Biases do not change.
        x: the data for the variances; a list for a model with several inputs.
        tolerance: the largest accepted deviation from 1.
        max_rounds: the maximum number of divisions of a kernel; without a bias, one is enough.
        seed: the seed of the orthogonal kernels.

    Returns:
        A dict from the name of each layer to the variance of its output, in order.

    Raises:
        ValueError: the output of a layer on x is constant or not finite, or its variance does not
            come close enough to 1.

    Example:
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, name="a")])
        >>> x = np.random.default_rng(0).normal(5, 3, (200, 8))
        >>> {name: round(variance, 3) for name, variance in lsuv(model, x).items()}
        {'a': 1.0}

    Source: D. Mishkin, J. Matas, All You Need Is a Good Init, 2016.
    """
    variances = {}
    xs = x if isinstance(x, (list, tuple)) else [x]
    xs = [ops.convert_to_tensor(a, i.dtype) for a, i in zip(xs, model.inputs, strict=True)]
    for number, layer in enumerate(each for each in model.layers if hasattr(each, "kernel")):
        initializer = Orthogonal(seed=seed + number)
        layer.kernel.assign(initializer(layer.kernel.shape, layer.kernel.dtype))
        inputs = keras.Model(model.inputs, layer.input)(xs, training=False)
        for _ in range(max_rounds):
            variance = _variance(layer, inputs)
            if abs(variance - 1) < tolerance:
                break
            layer.kernel.assign(layer.kernel / variance**0.5)
        variances[layer.name] = _variance(layer, inputs)
        if abs(variances[layer.name] - 1) >= tolerance:
            raise ValueError(
                f"lsuv: after {max_rounds} rounds the output of {layer.name!r} has variance "
                f"{variances[layer.name]:.3g}; use more rounds or a larger tolerance."
            )
    return variances


def _variance(layer, inputs):
    """The variance of the output of a layer before its activation."""
    activation = getattr(layer, "activation", None)
    if activation is not None:
        layer.activation = keras.activations.linear
    try:
        y = np.asarray(ops.convert_to_numpy(layer(inputs)), np.float64)
    finally:
        if activation is not None:
            layer.activation = activation
    variance = float(y.var())
    if not np.isfinite(variance) or variance == 0:
        raise ValueError(
            f"lsuv: the output of {layer.name!r} on x has variance {variance}; use data on which "
            "it varies."
        )
    return variance
