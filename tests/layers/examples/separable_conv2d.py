"""What SeparableConv2D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 3, "kernel_size": 3, "depth_multiplier": 2, "activation": "tanh"},
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.separable_conv(
                x, w["depthwise_kernel"], w["pointwise_kernel"], w["bias"]
            )
        ),
        keras=lambda: keras.layers.SeparableConv2D(3, 3, depth_multiplier=2, activation="tanh"),
        wrong=(("filters", 0), ("depth_multiplier", 1.5), ("kernel_size", (3,))),
    ),
    "steps of two, padded, without bias": Example(
        {"filters": 4, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False},
        (Input((2, 6, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.separable_conv(
            x, w["depthwise_kernel"], w["pointwise_kernel"], None, 2, "same"
        ),
        keras=lambda: keras.layers.SeparableConv2D(4, 3, 2, "same", use_bias=False),
        wrong=(("padding", "causal"), ("dilation_rate", 2)),
    ),
}
