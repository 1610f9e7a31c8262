"""What mutants and variants of several exercises are written with."""

import math
from math import prod

from nablab.reference import sizes


def shape_after(layer, shape, padding=None, strides=None):
    """The shape after a layer, with other padding or strides if these are given."""
    if "strides" not in layer:
        kind = layer["kind"]
        ends = {
            "dense": lambda: (*shape[:-1], layer["units"]),
            "embedding": lambda: (*shape, layer["output_dim"]),
            "flatten": lambda: (prod(shape),),
        }
        return ends[kind]() if kind in ends else tuple(shape)
    window = layer["pool_size"] if layer["kind"] == "max_pool2d" else layer["kernel_size"]
    sides = [
        sizes.out_size(n, k, s, padding or layer["padding"])
        for n, k, s in zip(shape, window, strides or layer["strides"], strict=False)
    ]
    channels = {
        "max_pool2d": shape[-1],
        "conv2d": layer.get("filters"),
        "depthwise_conv2d": shape[-1] * layer.get("depth_multiplier", 1),
    }[layer["kind"]]
    return (*sides, channels)


def holds_numbers(layer, shape, out):
    """(weights, biases) of a layer."""
    kind, taps = layer["kind"], prod(layer.get("kernel_size", ()))
    weights = {
        "dense": lambda: shape[-1] * layer["units"],
        "conv2d": lambda: taps * shape[-1] * out[-1],
        "depthwise_conv2d": lambda: taps * out[-1],
        "batch_norm": lambda: 4 * shape[-1],
        "embedding": lambda: layer["input_dim"] * layer["output_dim"],
    }.get(kind, lambda: 0)()
    return weights, out[-1] if layer.get("use_bias") else 0


def counts(layers, shape, count):
    """What `count(layer, shape before, shape after)` says of each layer."""
    found = []
    for layer in layers:
        out = shape_after(layer, shape)
        found.append(count(layer, shape, out))
        shape = out
    return found


def side(n, k, s, padding):
    return math.ceil(n / s) if padding == "same" else math.ceil((n - k + 1) / s)


def shape_by_match(layer, shape):
    match layer:
        case {"kind": "dense", "units": units}:
            return [*shape[:-1], units]
        case {"kind": "embedding", "output_dim": length}:
            return [*shape, length]
        case {"kind": "flatten"}:
            return [math.prod(shape)]
        case {"kind": "batch_norm"}:
            return list(shape)
    H, W, C = shape
    kh, kw = layer.get("kernel_size") or layer["pool_size"]
    sh, sw = layer["strides"]
    channels = layer.get("filters", C * layer.get("depth_multiplier", 1))
    padding = layer["padding"]
    return [side(H, kh, sh, padding), side(W, kw, sw, padding), channels]
