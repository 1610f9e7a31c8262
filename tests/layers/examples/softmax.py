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
        wrong=(("axis", 0.5), ("axis", ())),
        any_rank=True,
        padded=True,
    ),
    "over another axis, masked": Example(
        {"axis": 1},
        (Input((3, 4, 5)), Input((3, 4, 5), "mask")),
        lambda w, x, mask: reference.activation.softmax(x, 1, mask),
        keras=lambda: keras.layers.Softmax(axis=1),
        any_rank=True,
    ),
    "over two axes": Example(
        {"axis": (1, 2)},
        (Input((3, 4, 5)),),
        lambda w, x: reference.activation.softmax(x.reshape(3, 20)).reshape(3, 4, 5),
        keras=lambda: keras.layers.Softmax(axis=(1, 2)),
        any_rank=True,
    ),
}
