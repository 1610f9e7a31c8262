"""What Conv1D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "steps of two, in two groups": Example(
        {"filters": 4, "kernel_size": 3, "strides": 2, "groups": 2, "activation": "tanh"},
        (Input((2, 8, 4), unknown=(1,)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"], 2, groups=2)
        ),
        keras=lambda: keras.layers.Conv1D(4, 3, 2, groups=2, activation="tanh"),
        wrong=(("groups", 3), ("dilation_rate", 2), ("filters", 0), ("kernel_size", (3, 3))),
    ),
    "padded": Example(
        {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False},
        (Input((2, 7, 2), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], None, 2, "same"),
        keras=lambda: keras.layers.Conv1D(3, 4, 2, "same", use_bias=False),
        wrong=(("padding", "full"), ("strides", 0), ("data_format", "NWC"), ("use_bias", 1)),
    ),
    "causal, dilated": Example(
        {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
        (Input((2, 7, 2), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], w["bias"], 1, "causal", 2
        ),
        keras=lambda: keras.layers.Conv1D(3, 3, padding="causal", dilation_rate=2),
        mask="time",
        padded=True,
    ),
    "padded, of padded sequences": Example(
        {"filters": 3, "kernel_size": 4, "padding": "same"},
        (Input((3, 6, 2), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"], 1, "same"),
        keras=lambda: keras.layers.Conv1D(3, 4, padding="same"),
        mask="time",
        padded=True,
    ),
}
