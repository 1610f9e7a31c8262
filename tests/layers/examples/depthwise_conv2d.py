"""What DepthwiseConv2D is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain, steps of two, padded": Example(
        {"kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2},
        (Input((2, 6, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.depthwise_conv(
            x, w["kernel"], w["bias"], 2, "same"
        ),
        keras=lambda: keras.layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2),
        wrong=(("depth_multiplier", 0), ("kernel_size", (3,)), ("padding", "causal")),
    ),
    "dilated, without bias": Example(
        {"kernel_size": 2, "dilation_rate": 2, "activation": "tanh", "use_bias": False},
        (Input((2, 5, 4, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.depthwise_conv(x, w["kernel"], dilation=2)
        ),
        keras=lambda: keras.layers.DepthwiseConv2D(
            2, dilation_rate=2, activation="tanh", use_bias=False
        ),
        wrong=(("strides", 2),),
    ),
    "another step for every axis": Example(
        {"kernel_size": (3, 2), "strides": (2, 1), "depth_multiplier": 2},
        (Input((2, 5, 4, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.depthwise_conv(x, w["kernel"], w["bias"], (2, 1)),
        # No peer: where TensorFlow leaves oneDNN off, Keras's layer refuses such strides.
        wrong=(("strides", (2, 1, 1)),),
    ),
}
