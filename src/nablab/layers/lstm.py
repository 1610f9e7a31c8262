"""LSTM: long short-term memory, over a sequence."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.lstm_cell import LSTMCell


@keras.saving.register_keras_serializable(package="nablab")
class LSTM(RecurrentLayer):
    """A memory that is added to, not overwritten: a forget gate of 1 keeps a value indefinitely.

    The code of a step is in `LSTMCell`. `keras.layers.RNN` loops over it. Equals
    `reference.recurrent.lstm`.

    Maths:
        h_t, c_t = cell(x_t, h_{t-1}, c_{t-1}),   t = 1 ... T,   h_0 = c_0 = 0 or initial_state

        i_t = σ(x_t W_i + h_{t-1} U_i + b_i)
        f_t = σ(x_t W_f + h_{t-1} U_f + b_f)
        c̃_t = tanh(x_t W_c + h_{t-1} U_c + b_c)
        o_t = σ(x_t W_o + h_{t-1} U_o + b_o)
        c_t = f_t ⊙ c_{t-1} + i_t ⊙ c̃_t
        h_t = o_t ⊙ tanh(c_t)

        W, U and b hold the four parts side by side in the order i, f, c, o. b_f starts at 1.

    Shapes:
        x (B, T, n) -> (B, units): the last output h_T
        x (B, T, n) -> (B, T, units): all outputs, with return_sequences
        x (B, T, n) -> (B, units), (B, units), (B, units): h_T and c_T too, with return_state
        x (B, T, n), h_0 (B, units), c_0 (B, units) -> (B, T, units), (B, units), (B, units)
        W (n, 4·units), U (units, 4·units), b (4·units,)

    Args:
        units: size of h and of c.
        activation: the tanh of the equations: a name or a function.
        recurrent_activation: the σ of the equations: a name or a function.
        use_bias: whether to add b.
        unit_forget_bias: whether b_f starts at 1 instead of 0.
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of U.
        return_sequences: return the outputs of all steps instead of the last one.
        return_state: return (output, h_T, c_T) instead of the output alone.
        go_backwards: read from the last step to the first. The outputs come in the order in which
            they are computed.
        initial_state: argument of `call`: the list of h_0 and c_0.
        mask: argument of `call`: (B, T), False for padding. A masked step keeps the state and
            repeats the previous output.

    Raises:
        ValueError: `units` is not a positive integer, or the input does not have three axes.

    Example:
        >>> layer = LSTM(2, return_sequences=True, return_state=True)
        >>> y, h, c = layer(np.ones((1, 3, 4)))
        >>> tuple(y.shape), tuple(c.shape), np.array_equal(y[:, -1], h)
        ((1, 3, 2), (1, 2), True)

    Source: S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, 1997; the forget gate: F. A.
    Gers, J. Schmidhuber, F. Cummins, Learning to Forget: Continual Prediction with LSTM, 2000.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        unit_forget_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("LSTM", units=units)
        cell = LSTMCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            unit_forget_bias,
            kernel_initializer,
            recurrent_initializer,
            dtype=self.dtype_policy,
            name="cell",
        )
        self.set_loop(cell, return_sequences, return_state, go_backwards)

    def build(self, x_shape, initial_state_shape=None):
        arguments.shape("LSTM", x_shape, "(B, T, n)")
        self.cell.build((x_shape[0], x_shape[-1]))
        self.loop.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        return self.loop(x, initial_state=initial_state, mask=mask)
