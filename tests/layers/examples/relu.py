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
        wrong=(
            ("max_value", -1),
            ("negative_slope", -0.1),
            ("negative_slope", None),
            ("threshold", -0.5),
        ),
        any_rank=True,
    ),
    "leaky and limited": Example(
        {"negative_slope": 0.2, "max_value": 1.0},
        (Input((3, 4, 5), unknown=(1, 2)),),
        lambda w, x: reference.activation.relu(x, 0.2, 1.0),
        keras=lambda: keras.layers.ReLU(negative_slope=0.2, max_value=1.0),
        any_rank=True,
        padded=True,
    ),
    "above a threshold": Example(
        {"max_value": 1.5, "negative_slope": 0.2, "threshold": 0.5},
        (Input((3, 40)),),
        lambda w, x: reference.activation.relu(x, 0.2, 1.5, 0.5),
        keras=lambda: keras.layers.ReLU(1.5, 0.2, 0.5),
        any_rank=True,
    ),
}
