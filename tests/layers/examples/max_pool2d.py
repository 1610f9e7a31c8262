"""What MaxPool2D is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "halving": Example(
        {"pool_size": 2},
        (Input((2, 6, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.pooling.maxpool_nd(x, (2, 2)),
        keras=lambda: keras.layers.MaxPooling2D(2),
        wrong=(("pool_size", (2, 0)), ("strides", (1, 2, 3)), ("padding", "full")),
    ),
    "overlapping, same padding": Example(
        {"pool_size": (3, 2), "strides": (2, 1), "padding": "same"},
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.pooling.maxpool_nd(x, (3, 2), (2, 1), "same"),
        keras=lambda: keras.layers.MaxPooling2D((3, 2), strides=(2, 1), padding="same"),
    ),
}
