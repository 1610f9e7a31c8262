"""DepthwiseConv2D: filters that read one channel each."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class DepthwiseConv2D(keras.layers.Layer):
    """Every channel has its own filters, and no output mixes channels.

    It is a convolution with as many groups as channels.

    Maths:
        y[i, j, c·m + q] = φ(b[c·m + q] + Σ_uv x[i·s + u·d − p, j·s + v·d − p, c] · W[u, v, c, q])
        for q = 0, …, m − 1, with m = depth_multiplier. x is 0 outside, and p is as in Conv2D.
        Equals `reference.convolution_layers.depthwise_conv`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', C · depth_multiplier)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        W (kh, kw, C, depth_multiplier), b (C · depth_multiplier,)

    Args:
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        depth_multiplier: m, the number of filters for each channel.
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; the input does not have four axes, or is smaller than the window with "valid"
            padding.

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
        arguments.positive_int(name, depth_multiplier=depth_multiplier)
        arguments.one_of(name, ("valid", "same"), padding=padding)
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = padding
        self.depth_multiplier = depth_multiplier
        self.dilation_rate = arguments.per_axis(name, 2, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)

    def build(self, input_shape):
        arguments.shape("DepthwiseConv2D", input_shape, "(B, H, W, C)")
        *_, channels = self.compute_output_shape(input_shape)
        self.kernel, self.bias = kernel_and_bias(
            self, (*self.kernel_size, input_shape[-1], self.depth_multiplier), (channels,)
        )

    def call(self, x):
        y = _convolution.depthwise(
            x, self.kernel, self.strides, self.padding, self.dilation_rate
        )  # (B, H', W', C·m)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        sizes = _convolution.output_sizes(
            "DepthwiseConv2D",
            input_shape,
            self.kernel_size,
            self.strides,
            self.padding,
            self.dilation_rate,
        )
        return (input_shape[0], *sizes, input_shape[-1] * self.depth_multiplier)

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
