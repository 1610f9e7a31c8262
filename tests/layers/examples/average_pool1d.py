"""What AveragePool1D is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "halving": Example(
        {"pool_size": 2},
        (Input((2, 7, 3), unknown=(1,)),),
        lambda w, x: reference.pooling.averagepool_nd(x, (2,)),
        keras=lambda: keras.layers.AveragePooling1D(2),
        wrong=(("pool_size", 0), ("strides", -1), ("padding", "causal"), ("data_format", "NWC")),
    ),
    "of padded sequences": Example(
        {"pool_size": 3, "strides": 1, "padding": "same"},
        (Input((3, 6, 2), unknown=(1,)),),
        lambda w, x: reference.pooling.averagepool_nd(x, (3,), (1,), "same"),
        keras=lambda: keras.layers.AveragePooling1D(3, 1, "same"),
        keras_errs=("torch",),
        mask="time",
        padded=True,
    ),
    "overlapping, same padding": Example(
        {"pool_size": 3, "strides": 2, "padding": "same"},
        (Input((2, 6, 2)),),
        lambda w, x: reference.pooling.averagepool_nd(x, (3,), (2,), "same"),
        keras=lambda: keras.layers.AveragePooling1D(3, strides=2, padding="same"),
        keras_errs=("torch",),  # it counts copies of the border: see _windows.average_inside
    ),
}
