"""What Softmax is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference

EXAMPLES = {
    "plain": Example(
        {},
        (Input((3, 4, 5), unknown=(1,)),),
        lambda w, x: reference.activation.softmax(x),
        keras=lambda: keras.layers.Softmax(),
        wrong=(("axis", 0.5),),
        any_rank=True,
    ),
    "over another axis, masked": Example(
        {"axis": 1},
        (Input((3, 4, 5)), Input((3, 4, 5), "mask")),
        lambda w, x, attend_mask: reference.activation.softmax(x, 1, attend_mask),
        keras=lambda: keras.layers.Softmax(axis=1),
        any_rank=True,
    ),
}
