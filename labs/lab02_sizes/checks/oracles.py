"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np


def arguments(names, values):
    return ", ".join(f"{name}={value!r}" for name, value in zip(names, values, strict=False))


def draws(rng, count, low, high):
    """Tuples of integers, each drawn between its own bounds."""
    return [tuple(map(int, one)) for one in rng.integers(low, high, size=(count, len(low)))]


RAMP_FILTER = np.array([1, 10, 100])


def conv2d(filters, kernel=(3, 3), strides=(1, 1), padding="valid", bias=True):
    return {
        "kind": "conv2d",
        "filters": filters,
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "use_bias": bias,
    }


def depthwise(multiplier, kernel=(3, 3), strides=(1, 1), padding="valid", bias=True):
    return {
        "kind": "depthwise_conv2d",
        "depth_multiplier": multiplier,
        "kernel_size": kernel,
        "strides": strides,
        "padding": padding,
        "use_bias": bias,
    }


def dense(units, bias=True):
    return {"kind": "dense", "units": units, "use_bias": bias}


def pool(size=(2, 2), strides=(2, 2), padding="valid"):
    return {"kind": "max_pool2d", "pool_size": size, "strides": strides, "padding": padding}


def embedding(words, length):
    return {"kind": "embedding", "input_dim": words, "output_dim": length}


FLATTEN, NORM = {"kind": "flatten"}, {"kind": "batch_norm"}


LENET = [
    conv2d(6, (5, 5)),
    pool(),
    conv2d(16, (5, 5)),
    pool(),
    FLATTEN,
    dense(120),
    dense(84),
    dense(10),
]


MIXED = [
    conv2d(4, (3, 2), (2, 1), "same", bias=False),
    NORM,
    depthwise(2, (2, 3), (1, 2)),
    pool((3, 2), (2, 1), "same"),
    conv2d(5, (1, 2)),
    FLATTEN,
    dense(7, bias=False),
    dense(3),
]


TEXT = [embedding(101, 6), dense(5), NORM, FLATTEN, dense(2)]


def in_words(layer):
    """A layer's kind, and its other keys in brackets."""
    keys = ", ".join(f"{key} {value}" for key, value in layer.items() if key != "kind")
    return f"{layer['kind']} ({keys})" if keys else layer["kind"]
