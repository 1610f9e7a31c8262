"""What LSTMCell is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def _reference(w, x, h, c):
    h, c = reference.recurrent.lstm_step(x, h, c, w["kernel"], w["recurrent_kernel"], w["bias"])
    return [h, h, c]


EXAMPLES = {
    "one step": Example(
        {"units": 3},
        (Input((4, 5)), Input((4, 3)), Input((4, 3))),
        _reference,
        nest=lambda x, h, c: (x, [h, c]),
        keras=lambda: keras.layers.LSTMCell(3),
        wrong=(("units", 0), ("units", 2.5), ("use_bias", "no"), ("dropout", 1.0)),
    ),
}
