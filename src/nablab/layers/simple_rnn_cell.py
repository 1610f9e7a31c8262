"""SimpleRNNCell: one step of the simplest recurrent network."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class SimpleRNNCell(keras.layers.Layer):
    """One step: a new state from an input and the previous state.

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
        kernel_initializer: initializer of W.
        recurrent_initializer: initializer of U.

    Raises:
        ValueError: `units` is not a positive integer, or x does not have two axes.

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
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("SimpleRNNCell", units=units)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.state_size = [units]
        self.bias = None

    def build(self, x_shape, states_shape=None):
        arguments.shape("SimpleRNNCell", x_shape, "(B, n)")
        self.kernel = self.add_weight(
            shape=(x_shape[-1], self.units), initializer=self.kernel_initializer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x, states):
        (h,) = states
        a = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel)  # (B, units)
        if self.use_bias:
            a = a + self.bias
        h = ops.cast(self.activation(a), a.dtype)  # on JAX, the tanh of float64 is float32
        return h, [h]

    def compute_output_shape(self, x_shape, states_shape=None):
        h_shape = (x_shape[0], self.units)
        return h_shape, [h_shape]

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
        }
