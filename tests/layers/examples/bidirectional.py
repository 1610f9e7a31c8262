"""What Bidirectional is held to."""

import keras
import numpy as np
from tests.layers.example import Example, Input

from nablab import reference
from nablab.layers.gru import GRU
from nablab.layers.lstm import LSTM


def _of(w, direction):
    names = ("kernel", "recurrent_kernel", "bias")
    return [w[f"{direction}/cell/{name}"] for name in names]


def _both_lstms(w, x):
    a = reference.recurrent.lstm(x, *_of(w, "forward_lstm"))[0]
    b = reference.recurrent.lstm(x[:, ::-1], *_of(w, "backward_lstm"))[0]
    return np.concatenate([a, b[:, ::-1]], axis=-1)


def _both_grus_multiplied(w, x, forward_state, backward_state):
    a = reference.recurrent.gru(x, *_of(w, "forward_gru"), forward_state)[:, -1]
    b = reference.recurrent.gru(x[:, ::-1], *_of(w, "backward_gru"), backward_state)[:, -1]
    return [a * b, a, b]


def _gru_and_lstm_apart(w, x):
    a = reference.recurrent.gru(x, *_of(w, "forward_gru"))
    b = reference.recurrent.lstm(x[:, ::-1], *_of(w, "backward_lstm"))[0]
    return [a, b[:, ::-1]]


EXAMPLES = {
    "all outputs of two LSTMs side by side": Example(
        {"layer": LSTM(3, return_sequences=True, name="lstm")},
        (Input((2, 4, 5), unknown=(1,)),),
        _both_lstms,
        keras=lambda: keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True)),
        wrong=(
            ("layer", 3),
            ("merge_mode", "max"),
            ("backward_layer", 3),
            ("weights", [0.0]),
        ),
        mask="time",
        padded=True,
    ),
    "last outputs of two GRUs multiplied, and their states, from given ones": Example(
        {"layer": GRU(3, return_state=True, name="gru"), "merge_mode": "mul"},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3)), Input((2, 3))),
        _both_grus_multiplied,
        nest=lambda x, first, second: (x, [first, second]),
        keras=lambda: keras.layers.Bidirectional(
            keras.layers.GRU(3, return_state=True), merge_mode="mul"
        ),
        mask="time",
        padded=True,
    ),
    "outputs of two different layers, not merged": Example(
        {
            "layer": GRU(3, return_sequences=True, name="gru"),
            "backward_layer": LSTM(3, return_sequences=True, go_backwards=True, name="lstm"),
            "merge_mode": None,
        },
        (Input((2, 4, 5), unknown=(1,)),),
        _gru_and_lstm_apart,
        keras=lambda: keras.layers.Bidirectional(
            keras.layers.GRU(3, return_sequences=True),
            None,
            backward_layer=keras.layers.LSTM(3, return_sequences=True, go_backwards=True),
        ),
        mask="time",
        padded=True,
    ),
}
