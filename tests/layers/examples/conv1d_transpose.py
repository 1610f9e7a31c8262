"""What Conv1DTranspose is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "steps of two": Example(
        {"filters": 3, "kernel_size": 3, "strides": 2, "activation": "tanh"},
        (Input((2, 4, 2), unknown=(1,)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 2)
        ),
        keras=lambda: keras.layers.Conv1DTranspose(3, 3, 2, activation="tanh"),
        wrong=(("filters", 0), ("kernel_size", (3, 3)), ("strides", 0)),
    ),
    "padded, without bias": Example(
        {
            "filters": 2,
            "kernel_size": 5,
            "strides": 2,
            "padding": "same",
            "use_bias": False,
        },
        (Input((2, 4, 3), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], None, 2, "same"
        ),
        keras=lambda: keras.layers.Conv1DTranspose(2, 5, 2, "same", use_bias=False),
        wrong=(("padding", "causal"),),
    ),
}
