"""What LocallyConnected1D is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 3, "kernel_size": 3, "activation": "tanh"},
        (Input((2, 6, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.locally_connected(x, w["kernel"], w["bias"])
        ),
        wrong=(("filters", 0), ("kernel_size", (3, 3))),
    ),
    "steps of two, without bias": Example(
        {"filters": 2, "kernel_size": 3, "strides": 2, "use_bias": False},
        (Input((2, 8, 2)),),
        lambda w, x: reference.convolution_layers.locally_connected(x, w["kernel"], strides=2),
        wrong=(("strides", 0),),
    ),
}
