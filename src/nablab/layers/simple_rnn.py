"""SimpleRNN: the simplest recurrent network, over a sequence."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.simple_rnn_cell import SimpleRNNCell


@keras.saving.register_keras_serializable(package="nablab")
class SimpleRNN(RecurrentLayer):
    """The same step at every time: the state is what the network remembers of the past.

    The equation of a step is in `SimpleRNNCell`. `keras.layers.RNN` loops over it. Equals
    `reference.recurrent.simple_rnn`.

    Maths:
        h_t = φ(x_t W + h_{t-1} U + b),   t = 1 ... T,   h_0 = 0 or initial_state

    Shapes:
        x (B, T, n) -> (B, units): the last state h_T
        x (B, T, n) -> (B, T, units): all states, with return_sequences
        x (B, T, n) -> (B, units), (B, units): h_T twice, with return_state
        x (B, T, n), h_0 (B, units) -> (B, T, units), (B, units): from an initial state, with both
        W (n, units), U (units, units), b (units,)

    Args:
        units: size of the state.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of U.
        return_sequences: return the states of all steps instead of the last one.
        return_state: return (output, h_T) instead of the output alone.
        go_backwards: read from the last step to the first. The outputs come in the order in which
            they are computed.
        initial_state: argument of `call`: the list of h_0.
        mask: argument of `call`: (B, T), False for padding. A masked step keeps the state and
            repeats the previous output.

    Raises:
        ValueError: `units` is not a positive integer, or the input does not have three axes.

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
        arguments.positive_int("SimpleRNN", units=units)
        cell = SimpleRNNCell(
            units,
            activation,
            use_bias,
            kernel_initializer,
            recurrent_initializer,
            dtype=self.dtype_policy,
            name="cell",
        )
        self.set_loop(cell, return_sequences, return_state, go_backwards)

    def build(self, x_shape, initial_state_shape=None):
        arguments.shape("SimpleRNN", x_shape, "(B, T, n)")
        self.cell.build((x_shape[0], x_shape[-1]))
        self.loop.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        return self.loop(x, initial_state=initial_state, mask=mask)
