"""Conv2D: the same small filters at every place of an image."""

from __future__ import annotations

import keras
import numpy as np

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class Conv2D(keras.layers.Layer):
    """A weighted sum of a small window of an image, with the same weights wherever it lies.

    It is a cross-correlation: the kernel is not turned by 180°, as a convolution in mathematics
    would have it. Since the kernel is learned, that changes nothing but its picture.

    Maths:
        y[i, j, f] = φ(b[f] + Σ_uvc x[i·s + u·d − p, j·s + v·d − p, g·C/G + c] · W[u, v, c, f])
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋, all channels if G = 1.
        x is 0 outside. With "valid" p = 0, and the window lies wholly inside. With "same" an axis
        of H gives ⌈H / s⌉ places; the padding that they need is
        P = max((⌈H / s⌉ − 1)·s + d·(k − 1) + 1 − H, 0), and p = ⌊P / 2⌋ of it goes before: it
        depends on H and s, and an odd pixel goes after.
        It equals conv_nd in nablab.reference.convolution_layers.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        W (kh, kw, C / groups, filters), b (filters,)

    Args:
        filters: how many outputs at every place.
        kernel_size: the window's height and width, k: one number or two.
        strides: s, how far the window moves between two places: one number or two.
        padding: "valid" or "same".
        dilation_rate: d, how far apart in the input the kernel's neighbours lie: one number or two.
        groups: G, into how many groups the channels and the filters are divided.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; `strides` and `dilation_rate` are both above 1;
            `groups` does not divide the filters or the channels; the input has not four axes, or is
            smaller than the window without padding.

    Example:
        >>> layer = Conv2D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(9.0).reshape(1, 3, 3, 1)).numpy()[0, :, :, 0]
        array([[ 8., 12.],
               [20., 24.]], dtype=float32)

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998. Groups: A. Krizhevsky, I. Sutskever, G. E. Hinton, ImageNet
    Classification with Deep Convolutional Neural Networks, 2012.
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
        _arguments.whole("Conv2D", filters=filters, groups=groups)
        _arguments.one_of("Conv2D", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = _arguments.sizes("Conv2D", 2, kernel_size=kernel_size)
        self.strides = _arguments.sizes("Conv2D", 2, strides=strides)
        self.padding = padding
        self.dilation_rate = _arguments.sizes("Conv2D", 2, dilation_rate=dilation_rate)
        self.groups = groups
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None
        _convolution.one_is_one("Conv2D", self.strides, self.dilation_rate)
        _convolution.divides("Conv2D", groups, filters, "filters")

    def build(self, input_shape):
        _arguments.shape("Conv2D", input_shape, "(B, H, W, C)")
        self.compute_output_shape(input_shape)
        channels = input_shape[-1]
        _convolution.divides("Conv2D", self.groups, channels, "channels")
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
        )  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.sizes(
            "Conv2D", input_shape, self.kernel_size, self.strides, self.padding, self.dilation_rate
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
        {"filters": 3, "kernel_size": 3},
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"]),
        keras=lambda: keras.layers.Conv2D(3, 3),
        wrong=(("filters", 0), ("kernel_size", (3,)), ("strides", 0), ("padding", "full")),
    ),
    "steps of two, padded": Example(
        {
            "filters": 3,
            "kernel_size": (3, 2),
            "strides": 2,
            "padding": "same",
            "activation": "tanh",
        },
        (Input((2, 6, 5, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.conv_nd(x, w["kernel"], w["bias"], 2, "same")
        ),
        keras=lambda: keras.layers.Conv2D(3, (3, 2), 2, "same", activation="tanh"),
        wrong=(("dilation_rate", 2),),
    ),
    "dilated, in two groups, without bias": Example(
        {
            "filters": 4,
            "kernel_size": 2,
            "padding": "same",
            "dilation_rate": (2, 1),
            "groups": 2,
            "use_bias": False,
        },
        (Input((2, 5, 4, 4), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.conv_nd(
            x, w["kernel"], padding="same", dilation=(2, 1), groups=2
        ),
        keras=lambda: keras.layers.Conv2D(
            4, 2, padding="same", dilation_rate=(2, 1), groups=2, use_bias=False
        ),
        wrong=(("groups", 3),),
    ),
}
