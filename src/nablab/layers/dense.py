"""Dense: every unit reads every input."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Dense(keras.layers.Layer):
    """A weighted sum of all inputs for every unit.

    Maths:
        y = φ(x W + b)

    Shapes:
        x (B, ..., n) -> (B, ..., units)
        W (n, units), b (units,)

    Args:
        units: number of outputs.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: `units` is not a positive integer, or the input has fewer than two axes.

    Example:
        >>> layer = Dense(2, kernel_initializer="ones")
        >>> layer(np.array([[1.0, 2.0, 3.0]])).numpy()
        array([[6., 6.]], dtype=float32)

    Source: F. Rosenblatt, The Perceptron: A Probabilistic Model for Information Storage and
    Organization in the Brain, 1958.
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("Dense", units=units)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        arguments.shape("Dense", input_shape, "(B, ..., n)")
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        y = ops.matmul(x, self.kernel)  # (B, ..., units)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
