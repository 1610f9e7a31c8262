"""GRUCell: one step of a gated recurrent unit."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentCell


@keras.saving.register_keras_serializable(package="nablab")
class GRUCell(RecurrentCell):
    """One step: a new state between the previous state and a candidate.

    Like an LSTM it can keep a value for long, with one state instead of two and three quarters of
    the weights.

    `cell(x, [h])` returns `h', [h']`: the output, which is the new state, and the list of states,
    as `keras.layers.RNN` requires of a cell.

    Maths:
        z  = σ(x W_z + b_z + h U_z + u_z)                update gate: how much of h remains
        r  = σ(x W_r + b_r + h U_r + u_r)                reset gate: what the candidate sees of h
        h̃  = tanh(x W_h + b_h + r ⊙ (h U_h + u_h))       candidate, with reset_after
        h̃  = tanh(x W_h + b_h + (r ⊙ h) U_h)             without; then there is no u
        h' = z ⊙ h + (1 - z) ⊙ h̃

        W and U hold the three parts side by side in the order z, r, h, `units` columns each. The
        bias has the rows b and u with reset_after, and is b without. Some texts swap z and 1 - z:
        the two forms agree once the weights and biases of z are negated. U starts with orthonormal
        rows.

    Shapes:
        x (B, n), h (B, units) -> (B, units), (B, units)
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

    Raises:
        ValueError: an argument is not as described above, x does not have two axes, or the states
            do not have the shape of h.

    Example:
        >>> cell = GRUCell(1, kernel_initializer="zeros", recurrent_initializer="zeros")
        >>> h, states = cell(np.zeros((1, 4)), [np.ones((1, 1))])
        >>> np.array(h)  # z = 1/2 and h̃ = 0: half way
        array([[0.5]], dtype=float32)

    Source: K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder for
    Statistical Machine Translation, 2014. J. Chung, C. Gulcehre, K. Cho, Y. Bengio, Empirical
    Evaluation of Gated Recurrent Neural Networks on Sequence Modeling, 2014, swap z and 1 - z.
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
        **kwargs,
    ):
        super().__init__(units, activation, use_bias, dropout, recurrent_dropout, seed, **kwargs)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.reset_after = arguments.true_or_false("GRUCell", reset_after=reset_after)

    def build(self, x_shape, states_shape=None):
        arguments.shape("GRUCell", x_shape, "(B, n)")
        self.kernel = self.weight("kernel", (x_shape[-1], 3 * self.units))
        self.recurrent_kernel = self.weight(
            "recurrent", (self.units, 3 * self.units), name="recurrent_kernel"
        )
        if self.use_bias:
            rows = (2,) if self.reset_after else ()
            self.bias = self.weight("bias", (*rows, 3 * self.units))
        self.expects(x_shape)

    def call(self, x, states, training=False):
        (h,) = self.states(x, states)
        W, U, (b, u) = self.kernel, self.recurrent_kernel, self.biases()
        σ, tanh = self.recurrent_activation, self.activation
        xW = ops.matmul(self.drop_inputs(x, training), W) + b  # (B, 3·units)
        h_seen = self.drop_state(h, training)

        x_z, x_r, x_h = ops.split(xW, 3, axis=-1)  # three of (B, units)
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

    def biases(self):
        """b and u of the equations; 0 for one that there is not."""
        if self.bias is None:
            return 0, 0
        return (self.bias[0], self.bias[1]) if self.reset_after else (self.bias, 0)

    def get_config(self):
        return {
            **super().get_config(),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "reset_after": self.reset_after,
        }
