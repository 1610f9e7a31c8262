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
        wrong=(
            ("rate", 1.0),
            ("rate", -0.1),
            ("noise_shape", "Invalid"),
            ("noise_shape", (20, 1.5, 10)),
            ("noise_shape", (20, 0)),
            ("noise_shape", 3),
            ("seed", 0.5),
        ),
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
        padded=True,
    ),
    "of whole steps": Example(
        {"rate": 0.5, "noise_shape": (None, None, 1)},
        (Input((4, 5, 3), unknown=(1,)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.Dropout(0.5, (None, None, 1)),
        any_rank=True,
        training=True,
        random=True,
        padded=True,
    ),
}
