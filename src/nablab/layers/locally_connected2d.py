"""LocallyConnected2D: small windows of an image, with other weights at every place."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class LocallyConnected2D(keras.layers.Layer):
    """A convolution that shares no weights: every output place has a kernel of its own.

    It knows where it is, so it suits images whose parts always lie at the same places; it has
    H'·W' times the weights of a convolution, and a pattern learned at one place is not known at
    another.

    Maths:
        y[i, j, f] = φ(b[i, j, f] + Σ_u Σ_v Σ_c x[i·s + u, j·s + v, c] · W[i, j, u, v, c, f])
        Without padding. Every W[i, j] begins as if it were the kernel of a convolution.
        It equals locally_connected in nablab.reference.convolution_layers.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − k) / s⌋ + 1
        W (H', W', kh, kw, C, filters), b (H', W', filters)

    Args:
        filters: how many outputs at every place.
        kernel_size: the window's height and width, k: one number or two.
        strides: s, how far the window moves between two places: one number or two.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; the input has not four axes, or is smaller than the
            window; its height or width is unknown, or changes.

    Example:
        >>> layer = LocallyConnected2D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(9.0).reshape(1, 3, 3, 1)).numpy()[0, :, :, 0]
        array([[ 8., 12.],
               [20., 24.]], dtype=float32)
        >>> tuple(layer.kernel.shape)
        (2, 2, 2, 2, 1, 1)

    Source: Y. Taigman, M. Yang, M. Ranzato, L. Wolf, DeepFace: Closing the Gap to Human-Level
    Performance in Face Verification, 2014.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("LocallyConnected2D", filters=filters)
        self.filters = filters
        self.kernel_size = _arguments.sizes("LocallyConnected2D", 2, kernel_size=kernel_size)
        self.strides = _arguments.sizes("LocallyConnected2D", 2, strides=strides)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        _arguments.shape("LocallyConnected2D", input_shape, "(B, H, W, C)")
        _convolution.known("LocallyConnected2D", input_shape)
        self.input_spec = keras.layers.InputSpec(shape=(None, *input_shape[1:]))
        self.places = self.compute_output_shape(input_shape)[1:-1]
        self.kernel = self.add_weight(
            shape=(*self.places, *self.kernel_size, input_shape[-1], self.filters),
            initializer=_convolution.of_one_place(self.kernel_initializer, math.prod(self.places)),
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(*self.places, self.filters), initializer="zeros", name="bias"
            )

    def call(self, x):
        (h, w), (kh, kw), (sh, sw) = self.places, self.kernel_size, self.strides
        x = ops.transpose(x, (1, 2, 0, 3))  # (H, W, B, C): places first, a matrix product for each
        seen = [
            x[u : u + (h - 1) * sh + 1 : sh, v : v + (w - 1) * sw + 1 : sw]  # (H', W', B, C)
            for u in range(kh)
            for v in range(kw)
        ]
        seen = ops.concatenate(seen, axis=-1)  # (H', W', B, kh·kw·C)
        kernel = ops.reshape(self.kernel, (h, w, seen.shape[-1], self.filters))
        y = ops.einsum("ijbk,ijkf->ijbf", seen, kernel)  # (H', W', B, filters)
        y = ops.transpose(y, (2, 0, 1, 3))  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.sizes(
            "LocallyConnected2D", input_shape, self.kernel_size, self.strides, "valid"
        )
        return (input_shape[0], *places, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


EXAMPLES = {
    "plain": Example(
        {"filters": 3, "kernel_size": (2, 3), "activation": "tanh"},
        (Input((2, 4, 5, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.locally_connected(x, w["kernel"], w["bias"])
        ),
        wrong=(("filters", 0), ("kernel_size", (3,))),
    ),
    "steps of two, without bias": Example(
        {"filters": 2, "kernel_size": 3, "strides": (2, 1), "use_bias": False},
        (Input((2, 6, 4, 2)),),
        lambda w, x: reference.convolution_layers.locally_connected(x, w["kernel"], strides=(2, 1)),
        wrong=(("strides", 0),),
    ),
}
