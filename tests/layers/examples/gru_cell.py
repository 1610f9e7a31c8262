"""What GRUCell is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def _reference(w, x, h, reset_after=True):
    h = reference.recurrent.gru_step(
        x, h, w["kernel"], w["recurrent_kernel"], w["bias"], reset_after
    )
    return [h, h]


EXAMPLES = {
    "one step": Example(
        {"units": 3},
        (Input((4, 5)), Input((4, 3))),
        _reference,
        nest=lambda x, h: (x, [h]),
        keras=lambda: keras.layers.GRUCell(3),
        wrong=(("units", 0), ("units", 2.5), ("use_bias", "no"), ("dropout", 1.0)),
    ),
    "reset before the multiplication": Example(
        {"units": 3, "reset_after": False},
        (Input((4, 5)), Input((4, 3))),
        lambda w, x, h: _reference(w, x, h, reset_after=False),
        nest=lambda x, h: (x, [h]),
        keras=lambda: keras.layers.GRUCell(3, reset_after=False),
    ),
}
