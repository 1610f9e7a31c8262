"""What AveragePool3D is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "halving": Example(
        {"pool_size": 2},
        (Input((2, 4, 5, 4, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.pooling.averagepool_nd(x, (2, 2, 2)),
        keras=lambda: keras.layers.AveragePooling3D(2),
        wrong=(("pool_size", (2, 2)), ("strides", 0), ("padding", "full")),
    ),
    "overlapping, same padding": Example(
        {"pool_size": (2, 3, 2), "strides": (1, 2, 2), "padding": "same"},
        (Input((2, 3, 4, 5, 2)),),
        lambda w, x: reference.pooling.averagepool_nd(x, (2, 3, 2), (1, 2, 2), "same"),
        keras=lambda: keras.layers.AveragePooling3D((2, 3, 2), strides=(1, 2, 2), padding="same"),
        keras_errs=("torch",),  # it counts copies of the border: see _windows.average_inside
    ),
}
