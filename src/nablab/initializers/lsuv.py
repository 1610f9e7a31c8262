"""lsuv: kernels scaled by what the data makes of them, layer by layer."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab.initializers.orthogonal import Orthogonal


def lsuv(model, x, tolerance=0.05, max_rounds=10, seed=0):
    """Layer-sequential unit-variance initialization: orthogonal kernels, each divided by the spread
    of its output until that has variance 1.

    Maths:
        for every layer, from the first to the last:
            W ← orthogonal
            while |Var y - 1| ≥ tolerance:  W ← W / √(Var y)

        y is the layer's output on x before its activation, over all examples, places and units. A
        layer is scaled after those before it, so what it reads is already as it will be.

    Shapes:
        x: a batch of the model's inputs, some hundred examples

    Args:
        model: sequential or functional, built, no layer used twice; those of its layers that have
            a `kernel` are set. Biases stay as they are.
        x: what the variances are measured on; of a model with several inputs, a list.
        tolerance: how near to 1 is near enough.
        max_rounds: how often one kernel is divided at most; once is enough where there is no bias.
        seed: of the orthogonal kernels.

    Returns:
        {the layer's name: its output's variance}, in order.

    Raises:
        ValueError: a layer's output is constant or not finite on x, or does not come near enough to
            variance 1.

    Example:
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, name="a")])
        >>> x = np.random.default_rng(0).normal(5, 3, (200, 8))
        >>> {name: round(variance, 3) for name, variance in lsuv(model, x).items()}
        {'a': 1.0}

    Source: D. Mishkin, J. Matas, All You Need Is a Good Init, 2016.
    """
    reached = {}
    given = x if isinstance(x, (list, tuple)) else [x]
    given = [ops.convert_to_tensor(a, i.dtype) for a, i in zip(given, model.inputs, strict=True)]
    for number, layer in enumerate(each for each in model.layers if hasattr(each, "kernel")):
        draw = Orthogonal(seed=seed + number)
        layer.kernel.assign(draw(layer.kernel.shape, layer.kernel.dtype))
        seen = keras.Model(model.inputs, layer.input)(given, training=False)
        for _ in range(max_rounds):
            variance = _variance(layer, seen)
            if abs(variance - 1) < tolerance:
                break
            layer.kernel.assign(layer.kernel / variance**0.5)
        reached[layer.name] = _variance(layer, seen)
        if abs(reached[layer.name] - 1) >= tolerance:
            raise ValueError(
                f"lsuv: after {max_rounds} rounds the output of {layer.name!r} has variance "
                f"{reached[layer.name]:.3g}; give more rounds or a larger tolerance."
            )
    return reached


def _variance(layer, seen):
    """Of the layer's output before its activation."""
    activation = getattr(layer, "activation", None)
    if activation is not None:
        layer.activation = keras.activations.linear
    try:
        y = np.asarray(ops.convert_to_numpy(layer(seen)), np.float64)
    finally:
        if activation is not None:
            layer.activation = activation
    variance = float(y.var())
    if not np.isfinite(variance) or variance == 0:
        raise ValueError(
            f"lsuv: the output of {layer.name!r} on x has variance {variance}; give data on which "
            "it varies."
        )
    return variance
