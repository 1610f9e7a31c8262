"""What ReLU is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        (Input((4, 5)),),
        lambda w, x: reference.activation.relu(x),
        keras=lambda: keras.layers.ReLU(),
        wrong=(("negative_slope", -0.1), ("max_value", -1)),
        any_rank=True,
    ),
    "leaky and limited": Example(
        {"negative_slope": 0.2, "max_value": 1.0},
        (Input((3, 4, 5), unknown=(1, 2)),),
        lambda w, x: reference.activation.relu(x, 0.2, 1.0),
        keras=lambda: keras.layers.ReLU(negative_slope=0.2, max_value=1.0),
        any_rank=True,
    ),
}
