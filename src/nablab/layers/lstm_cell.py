"""LSTMCell: one step of a long short-term memory."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class LSTMCell(keras.layers.Layer):
    """One step: what the cell keeps, what is written to it, and what is read from it.

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
        unit_forget_bias: whether b_f starts at 1 instead of 0.
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of U.

    Raises:
        ValueError: `units` is not a positive integer, or x does not have two axes.

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

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        unit_forget_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("LSTMCell", units=units)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.use_bias = use_bias
        self.unit_forget_bias = unit_forget_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.state_size = [units, units]
        self.bias = None

    def build(self, x_shape, states_shape=None):
        arguments.shape("LSTMCell", x_shape, "(B, n)")
        self.kernel = self.add_weight(
            shape=(x_shape[-1], 4 * self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 4 * self.units),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(4 * self.units,), initializer=self._initial_bias, name="bias"
            )

    def _initial_bias(self, shape, dtype=None):
        zeros = ops.zeros((self.units,), dtype=dtype)
        b_f = ops.ones_like(zeros) if self.unit_forget_bias else zeros
        return ops.concatenate([zeros, b_f, zeros, zeros])  # i, f, c, o

    def call(self, x, states):
        h, c = states
        a = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel)  # (B, 4·units)
        if self.use_bias:
            a = a + self.bias
        i, f, candidate, o = ops.split(a, 4, axis=-1)  # four of (B, units)
        i, f, o = map(self.recurrent_activation, (i, f, o))
        c = f * c + i * self.activation(candidate)
        h = o * self.activation(c)
        return h, [h, c]

    def compute_output_shape(self, x_shape, states_shape=None):
        h_shape = (x_shape[0], self.units)
        return h_shape, [h_shape, h_shape]

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "recurrent_activation": keras.activations.serialize(self.recurrent_activation),
            "use_bias": self.use_bias,
            "unit_forget_bias": self.unit_forget_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
        }
