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
        wrong=(("rate", 1.0), ("rate", -0.1)),
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
    ),
}
