"""Maxout: the maximum of several affine maps, so that every unit is a learned convex function."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class Maxout(WeightedLayer):
    """The maximum of several weighted sums of all inputs, for every unit.

    It learns its activation instead of being given one: the maximum of k lines is any convex
    function with k pieces, ReLU and the absolute value among them. Its gradient never vanishes,
    because one of the pieces always passes it on.

    Maths:
        y[u] = max over k of (x W_k + b_k)[u]      0 ≤ k < pieces

    Shapes:
        x (B, ..., n) -> (B, ..., units)
        W = [W_0 … W_{pieces - 1}] (n, pieces · units), b (pieces · units,), piece after piece

    Args:
        units: number of outputs.
        pieces: number of affine maps of a unit.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

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

    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, units, pieces=2, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units, self.pieces = arguments.positive_int("Maxout", units=units, pieces=pieces)
        self.use_bias = arguments.true_or_false("Maxout", use_bias=use_bias)
        self.bias = None
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("Maxout", input_shape, "(B, ..., n)")
        columns = self.pieces * self.units
        self.kernel = self.weight("kernel", (input_shape[-1], columns))
        if self.use_bias:
            self.bias = self.weight("bias", (columns,))
        self.expects(input_shape)

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
        }
