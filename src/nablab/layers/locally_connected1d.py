"""LocallyConnected1D: a few neighbours in time, with other weights at every time."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class LocallyConnected1D(keras.layers.Layer):
    """A convolution that shares no weights: every output time has a kernel of its own.

    It suits sequences in which a place means the same in every example, such as a spectrum's
    frequencies; it has T' times the weights of a convolution, and a pattern learned at one place is
    not known at another.

    Maths:
        y[t, f] = φ(b[t, f] + Σ_u Σ_c x[t·s + u, c] · W[t, u, c, f])
        Without padding. Every W[t] begins as if it were the kernel of a convolution.
        It equals locally_connected in nablab.reference.convolution_layers.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = ⌊(T − k) / s⌋ + 1
        W (T', k, C, filters), b (T', filters)

    Args:
        filters: how many outputs at every time.
        kernel_size: k, the window's length.
        strides: s, how far the window moves between two outputs.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; the input has not three axes, or is shorter than
            the window; its length is unknown, or changes.

    Example:
        >>> layer = LocallyConnected1D(1, 2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy()[0, :, 0]
        array([3., 5.], dtype=float32)
        >>> tuple(layer.kernel.shape)
        (2, 2, 1, 1)

    Source: as for LocallyConnected2D: Y. Taigman, M. Yang, M. Ranzato, L. Wolf, DeepFace: Closing
    the Gap to Human-Level Performance in Face Verification, 2014.
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
        _arguments.whole("LocallyConnected1D", filters=filters)
        self.filters = filters
        self.kernel_size = _arguments.sizes("LocallyConnected1D", 1, kernel_size=kernel_size)
        self.strides = _arguments.sizes("LocallyConnected1D", 1, strides=strides)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        _arguments.shape("LocallyConnected1D", input_shape, "(B, T, C)")
        _convolution.known("LocallyConnected1D", input_shape)
        self.input_spec = keras.layers.InputSpec(shape=(None, *input_shape[1:]))
        (self.times,) = self.compute_output_shape(input_shape)[1:-1]
        self.kernel = self.add_weight(
            shape=(self.times, *self.kernel_size, input_shape[-1], self.filters),
            initializer=_convolution.of_one_place(self.kernel_initializer, self.times),
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.times, self.filters), initializer="zeros", name="bias"
            )

    def call(self, x):
        (k,), (s,) = self.kernel_size, self.strides
        x = ops.transpose(x, (1, 0, 2))  # (T, B, C): times first, a matrix product for each
        seen = [x[u : u + (self.times - 1) * s + 1 : s] for u in range(k)]  # each (T', B, C)
        seen = ops.concatenate(seen, axis=-1)  # (T', B, k·C)
        kernel = ops.reshape(self.kernel, (self.times, seen.shape[-1], self.filters))
        y = ops.einsum("tbk,tkf->tbf", seen, kernel)  # (T', B, filters)
        y = ops.transpose(y, (1, 0, 2))  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        times = _convolution.sizes(
            "LocallyConnected1D", input_shape, self.kernel_size, self.strides, "valid"
        )
        return (input_shape[0], *times, self.filters)

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
        {"filters": 3, "kernel_size": 3, "activation": "tanh"},
        (Input((2, 6, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.locally_connected(x, w["kernel"], w["bias"])
        ),
        wrong=(("filters", 0), ("kernel_size", (3, 3))),
    ),
    "steps of two, without bias": Example(
        {"filters": 2, "kernel_size": 3, "strides": 2, "use_bias": False},
        (Input((2, 8, 2)),),
        lambda w, x: reference.convolution_layers.locally_connected(x, w["kernel"], strides=2),
        wrong=(("strides", 0),),
    ),
}
