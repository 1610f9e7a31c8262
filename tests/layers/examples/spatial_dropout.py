"""What SpatialDropout is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "of images": Example(
        {"rate": 0.5},
        (Input((3, 4, 5, 8), unknown=(1, 2)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.SpatialDropout2D(0.5),
        wrong=(("rate", 1.0), ("rate", -0.1), ("data_format", "last"), ("seed", "one")),
        any_rank=True,
        training=True,
        random=True,
    ),
    "of sequences": Example(
        {"rate": 0.25},
        (Input((3, 4, 8), unknown=(1,)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.SpatialDropout1D(0.25),
        any_rank=True,
        training=True,
        random=True,
        padded=True,
    ),
    "of channels first": Example(
        {"rate": 0.5, "data_format": "channels_first"},
        (Input((3, 8, 4, 5), unknown=(2, 3)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.SpatialDropout2D(0.5, "channels_first"),
        any_rank=True,
        training=True,
        random=True,
    ),
}
