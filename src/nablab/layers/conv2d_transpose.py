"""Conv2DTranspose: every place of a small image lays a whole kernel into a larger one."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class Conv2DTranspose(keras.layers.Layer):
    """The adjoint of a convolution: from its output's sizes back to its input's.

    It is what takes a gradient back through Conv2D, ⟨conv(v), x⟩ = ⟨v, y⟩ for the same W without
    biases. It is not an inverse: it does not bring back what a convolution was given, and the name
    «deconvolution» misleads.

    Maths:
        y[m, n, f] = φ(b[f] + Σ x[i, j, c] · W[u, v, f, c])
        over all i, u with i·s + u − p = m, all j, v with j·s + v − p = n, and all c.
        "valid" p = 0; "same" p = ⌊max(k − s, 0) / 2⌋: what Conv2D puts before an axis of H·s.
        It equals conv_transpose_nd in nablab.reference.convolution_layers.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = (H − 1)·s + max(k, s) for "valid", H·s for "same"
        W (kh, kw, filters, C), b (filters,)

    Args:
        filters: how many outputs at every place.
        kernel_size: the kernel's height and width, k: one number or two.
        strides: s, how far apart in the output neighbours of the input lie: one number or two.
        padding: "valid" or "same", that of the convolution whose adjoint it is.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above, or the input has not four axes.

    Example:
        >>> layer = Conv2DTranspose(1, (1, 3), (1, 2), kernel_initializer="ones")
        >>> layer(np.array([[[[1.0], [10.0]]]])).numpy()[0, 0, :, 0]
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
        _arguments.whole("Conv2DTranspose", filters=filters)
        _arguments.one_of("Conv2DTranspose", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = _arguments.sizes("Conv2DTranspose", 2, kernel_size=kernel_size)
        self.strides = _arguments.sizes("Conv2DTranspose", 2, strides=strides)
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None

    def build(self, input_shape):
        _arguments.shape("Conv2DTranspose", input_shape, "(B, H, W, C)")
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
        )  # (B, H', W', filters)
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
        (Input((2, 4, 3, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 2)
        ),
        keras=lambda: keras.layers.Conv2DTranspose(3, 3, 2, activation="tanh"),
        wrong=(("filters", 0), ("kernel_size", (3,)), ("strides", 0)),
    ),
    "padded, without bias": Example(
        {
            "filters": 2,
            "kernel_size": (4, 3),
            "strides": (1, 2),
            "padding": "same",
            "use_bias": False,
        },
        (Input((2, 4, 3, 3), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(
            x, w["kernel"], None, (1, 2), "same"
        ),
        keras=lambda: keras.layers.Conv2DTranspose(2, (4, 3), (1, 2), "same", use_bias=False),
        wrong=(("padding", "causal"),),
    ),
    "steps wider than the kernel": Example(
        {"filters": 2, "kernel_size": 2, "strides": 3},
        (Input((2, 2, 3, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_transpose_nd(x, w["kernel"], w["bias"], 3),
        keras=lambda: keras.layers.Conv2DTranspose(2, 2, 3),
    ),
}
