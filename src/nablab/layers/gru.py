"""GRU: gated recurrent unit, over a sequence."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.gru_cell import GRUCell


@keras.saving.register_keras_serializable(package="nablab")
class GRU(RecurrentLayer):
    """A state that every step moves towards a candidate: a gate decides how far.

    The code of a step is in `GRUCell`. `keras.layers.RNN` loops over it. Equals
    `reference.recurrent.gru`.

    Maths:
        h_t = cell(x_t, h_{t-1}),   t = 1 ... T,   h_0 = 0 or initial_state

        z_t = σ(x_t W_z + b_z + h_{t-1} U_z + u_z)
        r_t = σ(x_t W_r + b_r + h_{t-1} U_r + u_r)
        h̃_t = tanh(x_t W_h + b_h + r_t ⊙ (h_{t-1} U_h + u_h))     with reset_after
        h̃_t = tanh(x_t W_h + b_h + (r_t ⊙ h_{t-1}) U_h)           without; then there is no u
        h_t = z_t ⊙ h_{t-1} + (1 - z_t) ⊙ h̃_t

        W and U hold the three parts side by side in the order z, r, h. The bias has the rows b and
        u with reset_after, and is b without.

    Shapes:
        x (B, T, n) -> (B, units): the last state h_T
        x (B, T, n) -> (B, T, units): all states, with return_sequences
        x (B, T, n) -> (B, units), (B, units): h_T twice, with return_state
        x (B, T, n), h_0 (B, units) -> (B, T, units), (B, units): from an initial state, with both
        W (n, 3·units), U (units, 3·units), bias (2, 3·units) or (3·units,)

    Args:
        units: size of the state.
        activation: the tanh of the equations: a name or a function.
        recurrent_activation: the σ of the equations: a name or a function.
        use_bias: whether to add the biases.
        reset_after: whether to apply r after the multiplication by U_h instead of before it.
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
        >>> zeros = {"kernel_initializer": "zeros", "recurrent_initializer": "zeros"}
        >>> halve = GRU(1, return_sequences=True, **zeros)  # z = 1/2 and h̃ = 0
        >>> np.array(halve(np.zeros((1, 3, 4)), initial_state=[np.ones((1, 1))]))[0, :, 0]
        array([0.5  , 0.25 , 0.125], dtype=float32)

    Source: K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, 2014.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        reset_after=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("GRU", units=units)
        cell = GRUCell(
            units,
            activation,
            recurrent_activation,
            use_bias,
            reset_after,
            kernel_initializer,
            recurrent_initializer,
            dtype=self.dtype_policy,
            name="cell",
        )
        self.set_loop(cell, return_sequences, return_state, go_backwards)

    def build(self, x_shape, initial_state_shape=None):
        arguments.shape("GRU", x_shape, "(B, T, n)")
        self.cell.build((x_shape[0], x_shape[-1]))
        self.loop.build(x_shape)

    def call(self, x, initial_state=None, mask=None):
        return self.loop(x, initial_state=initial_state, mask=mask)
