"""LSTM: long short-term memory, over a sequence."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.lstm_cell import LSTMCell


@keras.saving.register_keras_serializable(package="nablab")
class LSTM(RecurrentLayer):
    """A memory that is added to, not overwritten: a forget gate of 1 keeps a value indefinitely.

    A simple recurrent network overwrites its state at every step, so what happened long ago fades,
    and with it the gradient. `keras.layers.RNN` holds the states and calls `inner_loop`, which
    multiplies the inputs of all steps by W at once; a step by itself is `LSTMCell`. Equals
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
        unit_forget_bias: whether b_f starts at 1, whatever `bias_initializer` gives.
        kernel_initializer, recurrent_initializer, bias_initializer: how W, U and b start: Glorot's
            uniform, orthogonal and 0 by default; so too `_regularizer` and `_constraint`.
        dropout, recurrent_dropout: the fraction of x and of h that is DROPPED in training; the same
            channels at every step of a sequence.
        seed: an integer from which dropout draws; None lets Keras choose one.
        return_sequences: return the outputs of all steps instead of the last one.
        return_state: return (output, h_T, c_T) instead of the output alone.
        go_backwards: read from the last step to the first. The outputs come in the order in which
            they are computed.
        stateful: start from the state in which the previous batch ended, until `reset_state()`.
        initial_state: argument of `call`: the list of h_0 and c_0.
        mask: argument of `call`: (B, T), False for padding. A masked step keeps the state and
            repeats the previous output.

    Raises:
        ValueError: an argument is not as described above, the input does not have three axes, or a
            mask or an initial state does not fit it.

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
        *,
        unit_forget_bias=True,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        for_cell = {
            "units": units,
            "activation": activation,
            "recurrent_activation": recurrent_activation,
            "use_bias": use_bias,
            "unit_forget_bias": unit_forget_bias,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            LSTMCell,
            for_cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )

    def inner_loop(self, sequences, initial_state, mask, training=False):
        cell = self.cell
        W, U, b = cell.kernel, cell.recurrent_kernel, cell.bias
        σ, tanh = cell.recurrent_activation, cell.activation
        xW = ops.matmul(cell.drop_inputs(sequences, training), W)  # (B, T, 4·units)
        xW = xW if b is None else xW + b

        def step(xW_t, states):
            h, c = states  # h_{t-1} and c_{t-1}
            a = xW_t + ops.matmul(cell.drop_state(h, training), U)  # (B, 4·units)
            i, f, c̃, o = ops.split(a, 4, axis=-1)  # four of (B, units)
            i, f, c̃, o = σ(i), σ(f), tanh(c̃), σ(o)
            c = f * c + i * c̃
            h = o * tanh(c)
            return h, [h, c]

        return self.over_time(step, xW, initial_state, mask)
