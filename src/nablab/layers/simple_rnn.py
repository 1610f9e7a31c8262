"""SimpleRNN: the simplest recurrent network, over a sequence."""

from __future__ import annotations

import keras

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._example import Example, Input
from nablab.layers.simple_rnn_cell import SimpleRNNCell


@keras.saving.register_keras_serializable(package="nablab")
class SimpleRNN(keras.layers.Layer):
    """The same step for every time: the state is what the network remembers of the past.

    The equation of a step is in `SimpleRNNCell`; `keras.layers.RNN` is the loop. Equals
    `nablab.reference.recurrent.simple_rnn`.

    Maths:
        h_t = φ(x_t W + h_{t-1} U + b),   t = 1 ... T,   h_0 = 0 or initial_state

    Shapes:
        x (B, T, n) -> (B, units): the last state h_T
        x (B, T, n) -> (B, T, units): all states, with return_sequences
        x (B, T, n) -> (B, units), (B, units): h_T once more, with return_state
        x (B, T, n), h_0 (B, units) -> (B, T, units), (B, units): from a given state, with both
        W (n, units), U (units, units), b (units,)

    Args:
        units: the length of the state.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.
        recurrent_initializer: how U begins.
        return_sequences: the states of all steps rather than the last one.
        return_state: (output, h_T) rather than the output alone.
        go_backwards: from the last step to the first; the outputs come in the order in which they
            are computed.
        initial_state: of the call: a list of h_0.
        mask: of the call: (B, T), True for a real step. A step that is not real keeps the state
            and repeats the output before it.

    Raises:
        ValueError: `units` is no whole number above 0, or the input has not three axes.

    Example:
        >>> ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}
        >>> add_up = SimpleRNN(1, activation=None, return_sequences=True, **ones)
        >>> np.array(add_up(np.array([[[1.0], [2.0], [3.0]]])))[0, :, 0]
        array([1., 3., 6.], dtype=float32)

    Source: J. L. Elman, Finding Structure in Time, 1990.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("SimpleRNN", units=units)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.supports_masking = True
        self.cell = SimpleRNNCell(
            units,
            activation,
            use_bias,
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
        _arguments.shape("SimpleRNN", x_shape, "(B, T, n)")
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
        wrong=(("units", 0), ("units", 2.5)),
        mask="time",
    ),
    "all states and the last, from a given one": Example(
        {"units": 3, "return_sequences": True, "return_state": True},
        (Input((2, 4, 5), unknown=(1,)), Input((2, 3))),
        _all_states_and_the_last,
        nest=lambda x, h0: (x, [h0]),
        keras=lambda: keras.layers.SimpleRNN(3, return_sequences=True, return_state=True),
        mask="time",
    ),
    "backwards": Example(
        {"units": 3, "return_sequences": True, "go_backwards": True},
        (Input((2, 4, 5), unknown=(1,)),),
        lambda w, x: _states(w, x[:, ::-1]),
        keras=lambda: keras.layers.SimpleRNN(3, return_sequences=True, go_backwards=True),
        mask="time",
    ),
}
