"""SimpleRNNCell: one step of the simplest recurrent network."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._recurrent_layer import RecurrentCell


@keras.saving.register_keras_serializable(package="nablab")
class SimpleRNNCell(RecurrentCell):
    """One step: a new state from an input and the previous state.

    A sequence may have any length, and its meaning is in its order. One small network, called at
    every step, reads it with a fixed number of weights, and the state carries what came before.

    `cell(x, [h])` returns `h', [h']`: the output, which is the new state, and the list of states,
    as `keras.layers.RNN` requires of a cell.

    Maths:
        h' = φ(x W + h U + b)

        U starts orthogonal: it rotates the state without changing its length.

    Shapes:
        x (B, n), h (B, units) -> (B, units), (B, units)
        W (n, units), U (units, units), b (units,)

    Args:
        units: size of the state.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, recurrent_initializer, bias_initializer: how W, U and b start: Glorot's
            uniform, orthogonal and 0 by default; so too `_regularizer` and `_constraint`.
        dropout, recurrent_dropout: the fraction of x and of h that is DROPPED in training; the same
            channels at every step of a sequence.
        seed: an integer from which dropout draws; None lets Keras choose one.

    Raises:
        ValueError: an argument is not as described above, x does not have two axes, or the states
            do not have the shape of h.

    Example:
        >>> cell = SimpleRNNCell(1, None, kernel_initializer="ones", recurrent_initializer="ones")
        >>> h, states = cell(np.array([[2.0]]), [np.array([[3.0]])])
        >>> np.array(h)
        array([[5.]], dtype=float32)

    Source: J. L. Elman, Finding Structure in Time, 1990.
    """

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        *,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        super().__init__(units, activation, use_bias, dropout, recurrent_dropout, seed, **kwargs)

    def build(self, x_shape, states_shape=None):
        arguments.shape("SimpleRNNCell", x_shape, "(B, n)")
        self.kernel = self.weight("kernel", (x_shape[-1], self.units))
        self.recurrent_kernel = self.weight(
            "recurrent", (self.units, self.units), name="recurrent_kernel"
        )
        if self.use_bias:
            self.bias = self.weight("bias", (self.units,))
        self.expects(x_shape)

    def call(self, x, states, training=False):
        (h,) = self.states(x, states)
        W, U, b, φ = self.kernel, self.recurrent_kernel, self.bias, self.activation
        x, h = self.drop_inputs(x, training), self.drop_state(h, training)

        a = ops.matmul(x, W) + ops.matmul(h, U)  # (B, units)
        a = a if b is None else a + b
        h = ops.cast(φ(a), a.dtype)  # on JAX, the tanh of float64 is float32
        return h, [h]
