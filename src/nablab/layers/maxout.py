"""Maxout: the maximum of several affine maps, so that every unit is a learned convex function."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Maxout(keras.layers.Layer):
    """The maximum of several weighted sums of all inputs, for every unit.

    Maths:
        y[u] = max over k of (x W_k + b_k)[u]      0 ≤ k < pieces

    Shapes:
        x (B, ..., n) -> (B, ..., units)
        W = [W_0 … W_{pieces - 1}] (n, pieces · units), b (pieces · units,), piece after piece

    Args:
        units: number of outputs.
        pieces: number of affine maps of a unit.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: `units` or `pieces` is not a positive integer, or the input has fewer than two
            axes.

    Example:
        >>> plus_minus = keras.initializers.Constant([[1.0, -1.0]])
        >>> layer = Maxout(1, pieces=2, kernel_initializer=plus_minus)
        >>> layer(np.array([[-2.0], [3.0]])).numpy()  # the absolute value
        array([[2.],
               [3.]], dtype=float32)

    Equals `reference.maxout.maxout`, which has a separate axis for the pieces of W.

    Source: I. J. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio, Maxout Networks,
    2013.
    """

    def __init__(
        self, units, pieces=2, use_bias=True, kernel_initializer="glorot_uniform", **kwargs
    ):
        super().__init__(**kwargs)
        arguments.positive_int("Maxout", units=units, pieces=pieces)
        self.units = units
        self.pieces = pieces
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        arguments.shape("Maxout", input_shape, "(B, ..., n)")
        columns = self.pieces * self.units
        self.kernel = self.add_weight(
            shape=(input_shape[-1], columns), initializer=self.kernel_initializer, name="kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(columns,), initializer="zeros", name="bias")

    def call(self, x):
        z = ops.matmul(x, self.kernel)  # (B, ..., pieces·units)
        if self.use_bias:
            z = z + self.bias
        z = ops.reshape(z, (*ops.shape(x)[:-1], self.pieces, self.units))
        return ops.max(z, axis=-2)  # (B, ..., units)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "pieces": self.pieces,
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
