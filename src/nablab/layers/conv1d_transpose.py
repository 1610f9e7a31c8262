"""Conv1DTranspose: every time of a short sequence lays a whole kernel into a longer one."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class Conv1DTranspose(keras.layers.Layer):
    """The adjoint of a convolution: from its output's length back to its input's.

    It is what takes a gradient back through Conv1D, ⟨conv(v), x⟩ = ⟨v, y⟩ for the same W without
    biases. It is not an inverse: it does not bring back what a convolution was given, and the name
    «deconvolution» misleads.

    Maths:
        y[m, f] = φ(b[f] + Σ x[t, c] · W[u, f, c])   over all t, u, c with t·s + u − p = m
        "valid" p = 0; "same" p = ⌊max(k − s, 0) / 2⌋: what Conv1D puts before a length of T·s.
        It equals conv_transpose_nd in nablab.reference.convolution_layers.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = (T − 1)·s + max(k, s) for "valid", T·s for "same"
        W (k, filters, C), b (filters,)

    Args:
        filters: how many outputs at every time.
        kernel_size: k, the kernel's length.
        strides: s, how far apart in the output neighbours of the input lie.
        padding: "valid" or "same", that of the convolution whose adjoint it is.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above, or the input has not three axes.

    Example:
        >>> layer = Conv1DTranspose(1, 3, 2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [10.0]]])).numpy()[0, :, 0]
        array([ 1.,  1., 11., 10., 10.], dtype=float32)

    Source: M. D. Zeiler, D. Krishnan, G. W. Taylor, R. Fergus, Deconvolutional Networks, 2010.
    V. Dumoulin, F. Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("Conv1DTranspose", filters=filters)
        _arguments.one_of("Conv1DTranspose", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = _arguments.sizes("Conv1DTranspose", 1, kernel_size=kernel_size)
        self.strides = _arguments.sizes("Conv1DTranspose", 1, strides=strides)
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        _arguments.shape("Conv1DTranspose", input_shape, "(B, T, C)")
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, self.filters, input_shape[-1]),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        y = ops.conv_transpose(
            x,
            self.kernel,
            strides=self.strides,
            padding=self.padding,
            data_format="channels_last",
        )  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.transposed_sizes(
            input_shape, self.kernel_size, self.strides, self.padding
        )
        return (input_shape[0], *places, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


EXAMPLES = {
    "steps of two": Example(
        {"filters": 3, "kernel_size": 3, "strides": 2, "activation": "tanh"},
        (Input((2, 4, 2), unknown=(1,)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 2)
        ),
        keras=lambda: keras.layers.Conv1DTranspose(3, 3, 2, activation="tanh"),
        wrong=(("filters", 0), ("kernel_size", (3, 3)), ("strides", 0)),
    ),
    "padded, without bias": Example(
        {
            "filters": 2,
            "kernel_size": 5,
            "strides": 2,
            "padding": "same",
            "use_bias": False,
        },
        (Input((2, 4, 3), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], None, 2, "same"
        ),
        keras=lambda: keras.layers.Conv1DTranspose(2, 5, 2, "same", use_bias=False),
        wrong=(("padding", "causal"),),
    ),
}
