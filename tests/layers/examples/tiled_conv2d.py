"""What TiledConv2D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 3, "kernel_size": (3, 2), "tiles": 2, "activation": "tanh"},
        (Input((2, 7, 5, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(reference.convolution_layers.tiled_conv2d(x, w["kernel"], w["bias"])),
        wrong=(("filters", 0), ("kernel_size", (3,)), ("tiles", 0)),
    ),
    "three tiles in steps of two, padded, without bias": Example(
        {
            "filters": 2,
            "kernel_size": 3,
            "tiles": 3,
            "strides": (2, 1),
            "padding": "same",
            "use_bias": False,
        },
        (Input((2, 8, 4, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.tiled_conv2d(
            x, w["kernel"], None, (2, 1), "same"
        ),
        wrong=(("padding", "full"), ("strides", 0)),
    ),
    "one tile": Example(
        {"filters": 2, "kernel_size": 2, "tiles": 1, "strides": 3},
        (Input((2, 7, 6, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.tiled_conv2d(x, w["kernel"], w["bias"], 3),
        keras=lambda: keras.layers.Conv2D(2, 2, 3),
        to_keras=lambda ours: [a[0, 0] for a in ours],
    ),
}
