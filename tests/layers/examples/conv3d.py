"""What Conv3D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 2, "kernel_size": (2, 3, 2), "activation": "tanh"},
        (Input((2, 4, 4, 5, 2), unknown=(1, 2, 3)),),
        lambda w, x: np.tanh(reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"])),
        keras=lambda: keras.layers.Conv3D(2, (2, 3, 2), activation="tanh"),
        wrong=(("filters", 0), ("kernel_size", (3, 3)), ("padding", "causal")),
    ),
    "steps of two, padded, in two groups": Example(
        {"filters": 2, "kernel_size": 3, "strides": (1, 2, 2), "padding": "same", "groups": 2},
        (Input((2, 3, 4, 5, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], w["bias"], (1, 2, 2), "same", groups=2
        ),
        keras=lambda: keras.layers.Conv3D(2, 3, (1, 2, 2), "same", groups=2),
        wrong=(("groups", 3), ("dilation_rate", 2)),
    ),
    "dilated, without bias": Example(
        {"filters": 2, "kernel_size": 2, "dilation_rate": (1, 2, 1), "use_bias": False},
        (Input((2, 3, 4, 4, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], dilation=(1, 2, 1)),
        keras=lambda: keras.layers.Conv3D(2, 2, dilation_rate=(1, 2, 1), use_bias=False),
        wrong=(("strides", 2),),
    ),
}
