"""What Conv2D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 3, "kernel_size": 3},
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"]),
        keras=lambda: keras.layers.Conv2D(3, 3),
        wrong=(("filters", 0), ("kernel_size", (3,)), ("strides", 0), ("padding", "full")),
    ),
    "steps of two, padded": Example(
        {
            "filters": 3,
            "kernel_size": (3, 2),
            "strides": 2,
            "padding": "same",
            "activation": "tanh",
        },
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"], 2, "same")
        ),
        keras=lambda: keras.layers.Conv2D(3, (3, 2), 2, "same", activation="tanh"),
        wrong=(("dilation_rate", 2),),
    ),
    "dilated, in two groups, without bias": Example(
        {
            "filters": 4,
            "kernel_size": 2,
            "padding": "same",
            "dilation_rate": (2, 1),
            "groups": 2,
            "use_bias": False,
        },
        (Input((2, 5, 4, 4), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], padding="same", dilation=(2, 1), groups=2
        ),
        keras=lambda: keras.layers.Conv2D(
            4, 2, padding="same", dilation_rate=(2, 1), groups=2, use_bias=False
        ),
        wrong=(("groups", 3),),
    ),
}
