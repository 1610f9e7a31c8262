"""What SimpleRNN is held to."""

import keras
from tests.layers.example import Example, Input

from nablab import reference


def _states(w, x, h0=None):
    return reference.recurrent.simple_rnn(
        x, w["cell/kernel"], w["cell/recurrent_kernel"], w["cell/bias"], h0
    )


def _all_states_and_the_last(w, x, h0):
    h = _states(w, x, h0)
    return [h, h[:, -1]]


EXAMPLES = {
    "last state": Example(
        {"units": 3},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x)[:, -1],
        keras=lambda: keras.layers.SimpleRNN(3),
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
    "all states and the last, from a given one": Example(
        {"units": 3, "return_sequences": True, "return_state": True},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3))),
        _all_states_and_the_last,
        nest=lambda x, h0: (x, [h0]),
        keras=lambda: keras.layers.SimpleRNN(3, return_sequences=True, return_state=True),
        mask="time",
        padded=True,
    ),
    "backwards": Example(
        {"units": 3, "return_sequences": True, "go_backwards": True},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x[:, ::-1]),
        keras=lambda: keras.layers.SimpleRNN(3, return_sequences=True, go_backwards=True),
        mask="time",
    ),
    "with dropout": Example(
        {"units": 3, "dropout": 0.5, "recurrent_dropout": 0.5, "seed": 3},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x)[:, -1],
        keras=lambda: keras.layers.SimpleRNN(3, dropout=0.5, recurrent_dropout=0.5),
        training=True,
        random=True,
        padded=True,
    ),
}
