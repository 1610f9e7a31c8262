"""What Dropout is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"rate": 0.5},
        (Input((4, 5), unknown=(1,)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.Dropout(0.5),
        wrong=(("rate", 1.0), ("rate", -0.1)),
        any_rank=True,
        training=True,
        random=True,
    ),
    "that drops nothing": Example(
        {"rate": 0.0},
        (Input((2, 4, 5), unknown=(1, 2)),),
        lambda w, x: reference.dropout.dropout(x, 1, 0.0),
        call={"training": True},
        keras=lambda: keras.layers.Dropout(0.0),
        any_rank=True,
    ),
}
