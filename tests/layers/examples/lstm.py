"""What LSTM is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def _outputs_and_cells(w, x, h0=None, c0=None):
    return reference.recurrent.lstm(
        x, w["cell/kernel"], w["cell/recurrent_kernel"], w["cell/bias"], h0, c0
    )


def _all_outputs_and_the_last_states(w, x, h0, c0):
    h, c = _outputs_and_cells(w, x, h0, c0)
    return [h, h[:, -1], c[:, -1]]


EXAMPLES = {
    "last output": Example(
        {"units": 3},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _outputs_and_cells(w, x)[0][:, -1],
        keras=lambda: keras.layers.LSTM(3),
        wrong=(
            ("units", 0),
            ("units", 2.5),
            ("use_bias", "no"),
            ("dropout", 1.0),
            ("return_state", 2),
            ("use_cudnn", True),
        ),
        mask="time",
        padded=True,
    ),
    "all outputs and the last states, from given ones": Example(
        {"units": 3, "return_sequences": True, "return_state": True},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3)), Input((2, 3))),
        _all_outputs_and_the_last_states,
        nest=lambda x, h0, c0: (x, [h0, c0]),
        keras=lambda: keras.layers.LSTM(3, return_sequences=True, return_state=True),
        mask="time",
        padded=True,
    ),
    "backwards": Example(
        {"units": 3, "return_sequences": True, "go_backwards": True},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _outputs_and_cells(w, x[:, ::-1])[0],
        keras=lambda: keras.layers.LSTM(3, return_sequences=True, go_backwards=True),
        mask="time",
    ),
    "with dropout": Example(
        {"units": 3, "dropout": 0.5, "recurrent_dropout": 0.5, "seed": 3},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _outputs_and_cells(w, x)[0][:, -1],
        keras=lambda: keras.layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5),
        training=True,
        random=True,
        padded=True,
    ),
}
