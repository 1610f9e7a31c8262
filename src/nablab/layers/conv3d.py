"""Conv3D: the same small filters at every place of a volume or a film."""

from __future__ import annotations

import keras
import numpy as np

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class Conv3D(keras.layers.Layer):
    """A weighted sum of a small block of a volume, with the same weights wherever it lies.

    It is a cross-correlation: the kernel is not turned around, as a convolution in mathematics
    would have it. Since the kernel is learned, that changes nothing but its picture.

    Maths:
        y[i, f] = φ(b[f] + Σ_u Σ_c x[i·s + u·d − p, g·C/G + c] · W[u, c, f])
        i = (i₁, i₂, i₃) is a place, u one in the kernel; i·s + u·d − p is taken axis by axis.
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋, all channels if G = 1.
        x is 0 outside. With "valid" p = 0, and the block lies wholly inside. With "same" an axis
        of D gives ⌈D / s⌉ places; the padding that they need is
        P = max((⌈D / s⌉ − 1)·s + d·(k − 1) + 1 − D, 0), and p = ⌊P / 2⌋ of it goes before: it
        depends on D and s, and an odd one goes after.
        It equals conv_nd in nablab.reference.convolution_layers.

    Shapes:
        x (B, D, H, W, C) -> (B, D', H', W', filters)
        D' = ⌊(D − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈D / s⌉ for "same"
        W (kd, kh, kw, C / groups, filters), b (filters,)

    Args:
        filters: how many outputs at every place.
        kernel_size: the block's depth, height and width, k: one number or three.
        strides: s, how far the block moves between two places: one number or three.
        padding: "valid" or "same".
        dilation_rate: d, how far apart in the input the kernel's neighbours lie: one number or
            three.
        groups: G, into how many groups the channels and the filters are divided.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; `strides` and `dilation_rate` are both above 1;
            `groups` does not divide the filters or the channels; the input has not five axes, or is
            smaller than the block without padding.

    Example:
        >>> layer = Conv3D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(12.0).reshape(1, 2, 2, 3, 1)).numpy()[0, 0, 0, :, 0]
        array([40., 48.], dtype=float32)

    Source: S. Ji, W. Xu, M. Yang, K. Yu, 3D Convolutional Neural Networks for Human Action
    Recognition, 2013.
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
        _arguments.whole("Conv3D", filters=filters, groups=groups)
        _arguments.one_of("Conv3D", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = _arguments.sizes("Conv3D", 3, kernel_size=kernel_size)
        self.strides = _arguments.sizes("Conv3D", 3, strides=strides)
        self.padding = padding
        self.dilation_rate = _arguments.sizes("Conv3D", 3, dilation_rate=dilation_rate)
        self.groups = groups
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None
        _convolution.one_is_one("Conv3D", self.strides, self.dilation_rate)
        _convolution.divides("Conv3D", groups, filters, "filters")

    def build(self, input_shape):
        _arguments.shape("Conv3D", input_shape, "(B, D, H, W, C)")
        self.compute_output_shape(input_shape)
        channels = input_shape[-1]
        _convolution.divides("Conv3D", self.groups, channels, "channels")
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        y = _convolution.conv(
            x, self.kernel, self.strides, self.padding, self.dilation_rate, self.groups
        )  # (B, D', H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.sizes(
            "Conv3D", input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate
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
    "plain": Example(
        {"filters": 2, "kernel_size": (2, 3, 2), "activation": "tanh"},
        (Input((2, 4, 4, 5, 2), unknown=(1, 2, 3)),),
        lambda w, x: np.tanh(reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"])),
        keras=lambda: keras.layers.Conv3D(2, (2, 3, 2), activation="tanh"),
        wrong=(("filters", 0), ("kernel_size", (3, 3)), ("padding", "causal")),
    ),
    "steps of two, padded, in two groups": Example(
        {"filters": 2, "kernel_size": 3, "strides": (1, 2, 2), "padding": "same", "groups": 2},
        (Input((2, 3, 4, 5, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], w["bias"], (1, 2, 2), "same", groups=2
        ),
        keras=lambda: keras.layers.Conv3D(2, 3, (1, 2, 2), "same", groups=2),
        wrong=(("groups", 3), ("dilation_rate", 2)),
    ),
    "dilated, without bias": Example(
        {"filters": 2, "kernel_size": 2, "dilation_rate": (1, 2, 1), "use_bias": False},
        (Input((2, 3, 4, 4, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], dilation=(1, 2, 1)),
        keras=lambda: keras.layers.Conv3D(2, 2, dilation_rate=(1, 2, 1), use_bias=False),
        wrong=(("strides", 2),),
    ),
}
