"""LSTMCell: one step of a long short-term memory."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentCell


@keras.saving.register_keras_serializable(package="nablab")
class LSTMCell(RecurrentCell):
    """One step: what the cell keeps, what is written to it, and what is read from it.

    A simple recurrent network overwrites its state at every step, so what happened long ago fades,
    and with it the gradient. Here a second state c is only added to, and gates decide when.

    `cell(x, [h, c])` returns `h', [h', c']`: the output and the list of states, as
    `keras.layers.RNN` requires of a cell.

    Maths:
        i  = σ(x W_i + h U_i + b_i)          input gate: what is written
        f  = σ(x W_f + h U_f + b_f)          forget gate: what the cell keeps
        c̃  = tanh(x W_c + h U_c + b_c)       candidate
        o  = σ(x W_o + h U_o + b_o)          output gate: what is read
        c' = f ⊙ c + i ⊙ c̃
        h' = o ⊙ tanh(c')

        W, U and b hold the four parts side by side in the order i, f, c, o, `units` columns each.
        b_f starts at 1, so that the cell keeps more than half of its content from the start; the
        rest of b starts at 0. U starts with orthonormal rows.

    Shapes:
        x (B, n), h (B, units), c (B, units) -> (B, units), (B, units), (B, units)
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

    Raises:
        ValueError: an argument is not as described above, x does not have two axes, or the states
            do not have the shape of h.

    Example:
        >>> cell = LSTMCell(1, kernel_initializer="zeros", recurrent_initializer="zeros")
        >>> x, h, c = np.zeros((1, 4)), np.zeros((1, 1)), np.ones((1, 1))
        >>> np.array(cell(x, [h, c])[1][1]).round(3)  # the cell keeps σ(1) of its content
        array([[0.731]], dtype=float32)

    Source: S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, 1997; the forget gate: F. A.
    Gers, J. Schmidhuber, F. Cummins, Learning to Forget: Continual Prediction with LSTM, 2000; its
    bias: R. Jozefowicz, W. Zaremba, I. Sutskever, An Empirical Exploration of Recurrent Network
    Architectures, 2015.
    """

    STATES = 2

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
        **kwargs,
    ):
        super().__init__(units, activation, use_bias, dropout, recurrent_dropout, seed, **kwargs)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.unit_forget_bias = arguments.true_or_false(
            "LSTMCell", unit_forget_bias=unit_forget_bias
        )

    def build(self, x_shape, states_shape=None):
        arguments.shape("LSTMCell", x_shape, "(B, n)")
        self.kernel = self.weight("kernel", (x_shape[-1], 4 * self.units))
        self.recurrent_kernel = self.weight(
            "recurrent", (self.units, 4 * self.units), name="recurrent_kernel"
        )
        if self.use_bias:
            initializer = self._initial_bias if self.unit_forget_bias else None
            self.bias = self.weight("bias", (4 * self.units,), initializer=initializer)
        self.expects(x_shape)

    def _initial_bias(self, shape, dtype=None):
        b_i, b_f, b_c, b_o = ops.split(self.bias_initializer(shape, dtype=dtype), 4)
        return ops.concatenate([b_i, ops.ones_like(b_f), b_c, b_o])

    def call(self, x, states, training=False):
        h, c = self.states(x, states)
        W, U, b = self.kernel, self.recurrent_kernel, self.bias
        σ, tanh = self.recurrent_activation, self.activation
        x, h = self.drop_inputs(x, training), self.drop_state(h, training)

        a = ops.matmul(x, W) + ops.matmul(h, U)  # (B, 4·units)
        a = a if b is None else a + b
        i, f, c̃, o = ops.split(a, 4, axis=-1)  # four of (B, units)
        i, f, c̃, o = σ(i), σ(f), tanh(c̃), σ(o)
        c = f * c + i * c̃
        h = o * tanh(c)
        return h, [h, c]

    def get_config(self):
        return {
            **super().get_config(),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "unit_forget_bias": self.unit_forget_bias,
        }
