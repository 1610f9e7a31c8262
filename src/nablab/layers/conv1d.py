"""Conv1D: the same small filters at every time of a sequence."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class Conv1D(keras.layers.Layer):
    """A weighted sum of a few neighbours in time, with the same weights at every time.

    It is a cross-correlation: the kernel is not reversed, as a convolution in mathematics would
    have it. Since the kernel is learned, that changes nothing but its picture.

    Maths:
        y[t, f] = φ(b[f] + Σ_u Σ_c x[t·s + u·d − p, g·C/G + c] · W[u, c, f])
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋, all channels if G = 1.
        x is 0 outside.
        "valid": p = 0, and the window lies wholly inside.
        "same": T' = ⌈T / s⌉; the padding that they need is
            P = max((T' − 1)·s + d·(k − 1) + 1 − T, 0), and p = ⌊P / 2⌋ of it goes before: it
            depends on T and s, and an odd step goes after.
        "causal": p = d·(k − 1), all of the padding before: y[t] reads x up to time t·s only.
        It equals conv_nd in nablab.reference.convolution_layers.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = ⌊(T − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈T / s⌉ for "same" and "causal"
        W (k, C / groups, filters), b (filters,)

    Args:
        filters: how many outputs at every time.
        kernel_size: k, the window's length.
        strides: s, how far the window moves between two outputs.
        padding: "valid", "same" or "causal".
        dilation_rate: d, how far apart in the input the kernel's neighbours lie.
        groups: G, into how many groups the channels and the filters are divided.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; `strides` and `dilation_rate` are both above 1;
            `groups` does not divide the filters or the channels; the input has not three axes, or
            is shorter than the window without padding.

    Example:
        >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy()[0, :, 0]
        array([1., 3., 5.], dtype=float32)

    Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. J. Lang, Phoneme Recognition Using
    Time-Delay Neural Networks, 1989. Causal and dilated: A. van den Oord and others, WaveNet: A
    Generative Model for Raw Audio, 2016.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        _arguments.whole("Conv1D", filters=filters, groups=groups)
        _arguments.one_of("Conv1D", ("valid", "same", "causal"), padding=padding)
        self.filters = filters
        self.kernel_size = _arguments.sizes("Conv1D", 1, kernel_size=kernel_size)
        self.strides = _arguments.sizes("Conv1D", 1, strides=strides)
        self.padding = padding
        self.dilation_rate = _arguments.sizes("Conv1D", 1, dilation_rate=dilation_rate)
        self.groups = groups
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None
        _convolution.one_is_one("Conv1D", self.strides, self.dilation_rate)
        _convolution.divides("Conv1D", groups, filters, "filters")

    def build(self, input_shape):
        _arguments.shape("Conv1D", input_shape, "(B, T, C)")
        self.compute_output_shape(input_shape)
        channels = input_shape[-1]
        _convolution.divides("Conv1D", self.groups, channels, "channels")
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        padding = self.padding
        if padding == "causal":
            (k,), (d,) = self.kernel_size, self.dilation_rate
            x = ops.pad(x, ((0, 0), (d * (k - 1), 0), (0, 0)))  # (B, T + d·(k − 1), C)
            padding = "valid"
        y = _convolution.conv(
            x, self.kernel, self.strides, padding, self.dilation_rate, self.groups
        )  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.sizes(
            "Conv1D", input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        return (input_shape[0], *places, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "dilation_rate": self.dilation_rate,
            "groups": self.groups,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


EXAMPLES = {
    "steps of two, in two groups": Example(
        {"filters": 4, "kernel_size": 3, "strides": 2, "groups": 2, "activation": "tanh"},
        (Input((2, 8, 4), unknown=(1,)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"], 2, groups=2)
        ),
        keras=lambda: keras.layers.Conv1D(4, 3, 2, groups=2, activation="tanh"),
        wrong=(("groups", 3), ("dilation_rate", 2), ("filters", 0), ("kernel_size", (3, 3))),
    ),
    "padded": Example(
        {"filters": 3, "kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False},
        (Input((2, 7, 2), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], None, 2, "same"),
        keras=lambda: keras.layers.Conv1D(3, 4, 2, "same", use_bias=False),
        wrong=(("padding", "full"), ("strides", 0)),
    ),
    "causal, dilated": Example(
        {"filters": 3, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
        (Input((2, 7, 2), unknown=(1,)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], w["bias"], 1, "causal", 2
        ),
        keras=lambda: keras.layers.Conv1D(3, 3, padding="causal", dilation_rate=2),
    ),
}
