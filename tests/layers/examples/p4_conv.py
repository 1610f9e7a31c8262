"""What P4Conv is held to."""

import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"filters": 2, "kernel_size": 2},
        (Input((2, 4, 5, 4, 3), unknown=(1, 2)),),
        lambda w, x: reference.group.p4_conv(x, w["kernel"], w["bias"]),
        wrong=(("filters", 0), ("kernel_size", (3, 3)), ("padding", "full")),
    ),
    "tanh without bias, same padding": Example(
        {
            "filters": 3,
            "kernel_size": 3,
            "padding": "same",
            "activation": "tanh",
            "use_bias": False,
        },
        (Input((2, 3, 4, 4, 2)),),
        lambda w, x: np.tanh(reference.group.p4_conv(x, w["kernel"], padding="same")),
        wrong=(("kernel_size", 2),),
    ),
}
