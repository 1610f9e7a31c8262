"""DepthwiseConv2D: filters that look at one channel each."""

from __future__ import annotations

import keras
import numpy as np

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _convolution
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class DepthwiseConv2D(keras.layers.Layer):
    """Every channel has filters of its own, and no output mixes two channels.

    It is a convolution with as many groups as there are channels.

    Maths:
        y[i, j, c·m + q] = φ(b[c·m + q] + Σ_uv x[i·s + u·d − p, j·s + v·d − p, c] · W[u, v, c, q])
        for q = 0, …, m − 1, with m = depth_multiplier. x is 0 outside, and p is as in Conv2D.
        It equals depthwise_conv in nablab.reference.convolution_layers.

    Shapes:
        x (B, H, W, C) -> (B, H', W', C · depth_multiplier)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        W (kh, kw, C, depth_multiplier), b (C · depth_multiplier,)

    Args:
        kernel_size: the window's height and width, k: one number or two.
        strides: s, how far the window moves between two places: one number or two.
        padding: "valid" or "same".
        depth_multiplier: m, how many filters every channel has.
        dilation_rate: d, how far apart in the input the kernel's neighbours lie: one number or two.
        activation: φ, a name or a function; None for none.
        use_bias: whether b is added.
        kernel_initializer: how W begins.

    Raises:
        ValueError: an argument is not as above; `strides` and `dilation_rate` are both above 1; the
            input has not four axes, or is smaller than the window without padding.

    Example:
        >>> layer = DepthwiseConv2D((1, 2), kernel_initializer="ones")
        >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]]]])).numpy()
        array([[[[ 3., 30.]]]], dtype=float32)

    Source: L. Sifre, Rigid-Motion Scattering for Image Classification, 2014.
    """

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        name = "DepthwiseConv2D"
        _arguments.whole(name, depth_multiplier=depth_multiplier)
        _arguments.one_of(name, ("valid", "same"), padding=padding)
        self.kernel_size = _arguments.sizes(name, 2, kernel_size=kernel_size)
        self.strides = _arguments.sizes(name, 2, strides=strides)
        self.padding = padding
        self.depth_multiplier = depth_multiplier
        self.dilation_rate = _arguments.sizes(name, 2, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias = None
        _convolution.one_is_one(name, self.strides, self.dilation_rate)

    def build(self, input_shape):
        _arguments.shape("DepthwiseConv2D", input_shape, "(B, H, W, C)")
        outputs = self.compute_output_shape(input_shape)[-1]
        self.kernel = self.add_weight(
            shape=(*self.kernel_size, input_shape[-1], self.depth_multiplier),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(shape=(outputs,), initializer="zeros", name="bias")

    def call(self, x):
        y = _convolution.depthwise(
            x, self.kernel, self.strides, self.padding, self.dilation_rate
        )  # (B, H', W', C·m)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        places = _convolution.sizes(
            "DepthwiseConv2D",
            input_shape,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        return (input_shape[0], *places, input_shape[-1] * self.depth_multiplier)

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
            "depth_multiplier": self.depth_multiplier,
            "dilation_rate": self.dilation_rate,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }


EXAMPLES = {
    "plain, steps of two, padded": Example(
        {"kernel_size": 3, "strides": 2, "padding": "same", "depth_multiplier": 2},
        (Input((2, 6, 5, 3), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.depthwise_conv(
            x, w["kernel"], w["bias"], 2, "same"
        ),
        keras=lambda: keras.layers.DepthwiseConv2D(3, 2, "same", depth_multiplier=2),
        wrong=(("depth_multiplier", 0), ("kernel_size", (3,)), ("padding", "causal")),
    ),
    "dilated, without bias": Example(
        {"kernel_size": 2, "dilation_rate": 2, "activation": "tanh", "use_bias": False},
        (Input((2, 5, 4, 2), unknown=(1, 2)),),
        lambda w, x: np.tanh(
            reference.convolution_layers.depthwise_conv(x, w["kernel"], dilation=2)
        ),
        keras=lambda: keras.layers.DepthwiseConv2D(
            2, dilation_rate=2, activation="tanh", use_bias=False
        ),
        wrong=(("strides", 2),),
    ),
    "another step for every axis": Example(
        {"kernel_size": (3, 2), "strides": (2, 1), "depth_multiplier": 2},
        (Input((2, 5, 4, 2), unknown=(1, 2)),),
        lambda w, x: reference.convolution_layers.depthwise_conv(x, w["kernel"], w["bias"], (2, 1)),
        # No peer: where TensorFlow leaves oneDNN off, Keras's layer refuses such strides.
        wrong=(("strides", (2, 1, 1)),),
    ),
}
