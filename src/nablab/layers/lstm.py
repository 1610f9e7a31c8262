"""LSTM: long short-term memory, over a sequence."""

from __future__ import annotations

import keras

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._example import Example, Input
from nablab.layers.lstm_cell import LSTMCell


@keras.saving.register_keras_serializable(package="nablab")
class LSTM(keras.layers.Layer):
    """A memory that is added to, not overwritten: a gate of 1 keeps a number as long as it likes.

    The equations of a step are in `LSTMCell`; `keras.layers.RNN` is the loop. Equals
    `nablab.reference.recurrent.lstm`.

    Maths:
        h_t, c_t = cell(x_t, h_{t-1}, c_{t-1}),   t = 1 ... T,   h_0 = c_0 = 0 or initial_state
        i, f, o = σ(x_t W + h_{t-1} U + b),   c~ = tanh(the same, with weights of its own)
        c_t = f ⊙ c_{t-1} + i ⊙ c~,   h_t = o ⊙ tanh(c_t)

        W, U and b hold the four side by side in the order i, f, c, o; b_f begins at 1.

    Shapes:
        x (B, T, n) -> (B, units): the last output h_T
        x (B, T, n) -> (B, T, units): all outputs, with return_sequences
        x (B, T, n) -> (B, units), (B, units), (B, units): h_T and c_T too, with return_state
        x (B, T, n), h_0 (B, units), c_0 (B, units) -> (B, T, units), (B, units), (B, units)
        W (n, 4·units), U (units, 4·units), b (4·units,)

    Args:
        units: the length of h and of c.
        activation: tanh in the equations.
        recurrent_activation: σ in the equations.
        use_bias: whether b is added.
        unit_forget_bias: whether b_f begins at 1 rather than 0.
        kernel_initializer: how W begins.
        recurrent_initializer: how U begins.
        return_sequences: the outputs of all steps rather than the last one.
        return_state: (output, h_T, c_T) rather than the output alone.
        go_backwards: from the last step to the first; the outputs come in the order in which they
            are computed.
        initial_state: of the call: a list of h_0 and c_0.
        mask: of the call: (B, T), True for a real step. A step that is not real keeps the state
            and repeats the output before it.

    Raises:
        ValueError: `units` is no whole number above 0, or the input has not three axes.

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
        _arguments.whole("LSTM", units=units)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.supports_masking = True
        self.cell = LSTMCell(
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
        self.loop = keras.layers.RNN(
            self.cell,
            return_sequences,
            return_state,
            go_backwards,
            dtype=self.dtype_policy,
            name="loop",
        )

    def build(self, x_shape, initial_state_shape=None):
        _arguments.shape("LSTM", x_shape, "(B, T, n)")
        self.cell.build((x_shape[0], x_shape[-1]))
        self.loop.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        return self.loop(x, initial_state=initial_state, mask=mask)

    def compute_output_shape(self, x_shape, initial_state_shape=None):
        return self.loop.compute_output_shape(x_shape)

    def compute_mask(self, x, mask=None):
        return self.loop.compute_mask(x, mask)

    def get_config(self):
        return {
            **self.cell.get_config(),
            **super().get_config(),
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
        }


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
        wrong=(("units", 0), ("units", 2.5)),
        mask="time",
    ),
    "all outputs and the last states, from given ones": Example(
        {"units": 3, "return_sequences": True, "return_state": True},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3)), Input((2, 3))),
        _all_outputs_and_the_last_states,
        nest=lambda x, h0, c0: (x, [h0, c0]),
        keras=lambda: keras.layers.LSTM(3, return_sequences=True, return_state=True),
        mask="time",
    ),
    "backwards": Example(
        {"units": 3, "return_sequences": True, "go_backwards": True},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _outputs_and_cells(w, x[:, ::-1])[0],
        keras=lambda: keras.layers.LSTM(3, return_sequences=True, go_backwards=True),
        mask="time",
    ),
}
