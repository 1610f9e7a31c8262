"""What SimpleRNNCell is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def _reference(w, x, h):
    h = reference.recurrent.simple_rnn_step(x, h, w["kernel"], w["recurrent_kernel"], w["bias"])
    return [h, h]


EXAMPLES = {
    "one step": Example(
        {"units": 3},
        (Input((4, 5)), Input((4, 3))),
        _reference,
        nest=lambda x, h: (x, [h]),
        keras=lambda: keras.layers.SimpleRNNCell(3),
        wrong=(("units", 0), ("units", 2.5), ("use_bias", "no"), ("dropout", 1.0)),
    ),
}
