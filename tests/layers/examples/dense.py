"""What Dense is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {"units": 3},
        (Input((4, 5)),),
        lambda w, x: reference.dense.dense(x, w["kernel"], w["bias"]),
        keras=lambda: keras.layers.Dense(3),
        wrong=(("units", 0), ("units", 2.5), ("use_bias", "no"), ("lora_rank", 4)),
        any_rank=True,
    ),
    "tanh without bias, of sequences": Example(
        {"units": 3, "activation": "tanh", "use_bias": False},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: np.tanh(reference.dense.dense(x, w["kernel"])),
        keras=lambda: keras.layers.Dense(3, activation="tanh", use_bias=False),
        any_rank=True,
        padded=True,
    ),
}
