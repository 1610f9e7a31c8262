"""GRU: gated recurrent unit, over a sequence."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._recurrent_layer import RecurrentLayer
from nablab.layers.gru_cell import GRUCell


@keras.saving.register_keras_serializable(package="nablab")
class GRU(RecurrentLayer):
    """A state that every step moves towards a candidate: a gate decides how far.

    Like an LSTM it can keep a value for long, with one state instead of two and three quarters of
    the weights. `keras.layers.RNN` holds the states and calls `inner_loop`, which multiplies the
    inputs of all steps by W at once; a step by itself is `GRUCell`. Equals
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
        kernel_initializer, recurrent_initializer, bias_initializer: how W, U and the biases start:
            Glorot's uniform, orthogonal and 0 by default; so too `_regularizer` and `_constraint`.
        dropout, recurrent_dropout: the fraction of x and of h that is DROPPED in training; the same
            channels at every step of a sequence.
        seed: an integer from which dropout draws; None lets Keras choose one.
        return_sequences: return the states of all steps instead of the last one.
        return_state: return (output, h_T) instead of the output alone.
        go_backwards: read from the last step to the first. The outputs come in the order in which
            they are computed.
        stateful: start from the state in which the previous batch ended, until `reset_state()`.
        initial_state: argument of `call`: the list of h_0.
        mask: argument of `call`: (B, T), False for padding. A masked step keeps the state and
            repeats the previous output.

    Raises:
        ValueError: an argument is not as described above, the input does not have three axes, or a
            mask or an initial state does not fit it.

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
        *,
        reset_after=True,
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
            "reset_after": reset_after,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "seed": seed,
        }
        super().__init__(
            GRUCell,
            for_cell,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            **kwargs,
        )

    def inner_loop(self, sequences, initial_state, mask, training=False):
        cell = self.cell
        W, U, (b, u) = cell.kernel, cell.recurrent_kernel, cell.biases()
        σ, tanh = cell.recurrent_activation, cell.activation
        xW = ops.matmul(cell.drop_inputs(sequences, training), W) + b  # (B, T, 3·units)

        def step(xW_t, states):
            (h,) = states  # h_{t-1}
            h_seen = cell.drop_state(h, training)
            x_z, x_r, x_h = ops.split(xW_t, 3, axis=-1)  # three of (B, units)
            if self.reset_after:
                h_z, h_r, h_h = ops.split(ops.matmul(h_seen, U) + u, 3, axis=-1)
                z, r = σ(x_z + h_z), σ(x_r + h_r)
                h̃ = tanh(x_h + r * h_h)
            else:
                U_zr, U_h = U[:, : 2 * self.units], U[:, 2 * self.units :]
                h_z, h_r = ops.split(ops.matmul(h_seen, U_zr), 2, axis=-1)
                z, r = σ(x_z + h_z), σ(x_r + h_r)
                h̃ = tanh(x_h + ops.matmul(r * h_seen, U_h))
            h = z * h + (1 - z) * h̃
            return h, [h]

        return self.over_time(step, xW, initial_state, mask)
