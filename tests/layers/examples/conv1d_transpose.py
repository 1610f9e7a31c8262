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
        wrong=(
            *(("filters", 0), ("kernel_size", (3, 3)), ("strides", 0), ("dilation_rate", 2)),
            *(("output_padding", 2), ("data_format", "NWC"), ("use_bias", "no")),
        ),
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
    "padded, with steps added at the end": Example(
        {
            "filters": 2,
            "kernel_size": 4,
            "strides": 3,
            "padding": "same",
            "output_padding": 1,
        },
        (Input((2, 4, 3), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], w["bias"], 3, "same", 1
        ),
        keras=lambda: keras.layers.Conv1DTranspose(2, 4, 3, "same", output_padding=1),
        wrong=(("output_padding", 0),),
    ),
    "dilated": Example(
        {"filters": 2, "kernel_size": 3, "dilation_rate": 2},
        (Input((2, 4, 3), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], w["bias"], dilation=2
        ),
        keras=lambda: keras.layers.Conv1DTranspose(2, 3, dilation_rate=2),
        keras_errs=("tensorflow",),  # it has no dilated transposed convolution on a CPU
    ),
}
