"""What Conv2DTranspose is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "steps of two": Example(
        {"filters": 3, "kernel_size": 3, "strides": 2, "activation": "tanh"},
        (Input((2, 4, 3, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 2)
        ),
        keras=lambda: keras.layers.Conv2DTranspose(3, 3, 2, activation="tanh"),
        wrong=(
            *(("filters", 0), ("kernel_size", (3,)), ("strides", 0), ("dilation_rate", 2)),
            *(("output_padding", (1, 2)), ("data_format", "NHWC")),
        ),
    ),
    "padded, without bias": Example(
        {
            "filters": 2,
            "kernel_size": (4, 3),
            "strides": (1, 2),
            "padding": "same",
            "use_bias": False,
        },
        (Input((2, 4, 3, 3), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], None, (1, 2), "same"
        ),
        keras=lambda: keras.layers.Conv2DTranspose(2, (4, 3), (1, 2), "same", use_bias=False),
        wrong=(("padding", "causal"),),
    ),
    "steps wider than the kernel": Example(
        {"filters": 2, "kernel_size": 2, "strides": 3},
        (Input((2, 2, 3, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 3),
        keras=lambda: keras.layers.Conv2DTranspose(2, 2, 3),
    ),
    "with pixels added at the end": Example(
        {"filters": 2, "kernel_size": (2, 3), "strides": (3, 2), "output_padding": (2, 1)},
        (Input((2, 2, 3, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], w["bias"], (3, 2), output_padding=(2, 1)
        ),
        keras=lambda: keras.layers.Conv2DTranspose(2, (2, 3), (3, 2), output_padding=(2, 1)),
    ),
    "dilated, padded": Example(
        {"filters": 2, "kernel_size": (3, 2), "padding": "same", "dilation_rate": (2, 3)},
        (Input((2, 5, 4, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], w["bias"], 1, "same", dilation=(2, 3)
        ),
        keras=lambda: keras.layers.Conv2DTranspose(2, (3, 2), padding="same", dilation_rate=(2, 3)),
        keras_errs=("tensorflow",),  # it has no dilated transposed convolution on a CPU
    ),
}
