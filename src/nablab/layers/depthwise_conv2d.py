"""DepthwiseConv2D: filters that read one channel each."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import DataFormatLayer, channels_last
from nablab.layers._convolution_layer import KernelLayer


@keras.saving.register_keras_serializable(package="nablab")
class DepthwiseConv2D(DataFormatLayer, KernelLayer):
    """Every channel has its own filters, and no output mixes channels.

    A convolution has a weight for every pair of channels at every place of its kernel. Where the
    task is to look at each channel's surroundings, as before a step that mixes the channels, this
    layer needs one weight instead of `filters` of them. It is a convolution with as many groups as
    channels.

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
        data_format: "channels_last", or "channels_first" for x (B, C, H, W).
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        depthwise_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; the input does not have four axes, or is smaller than the window with "valid"
            padding.

    Example:
        >>> layer = DepthwiseConv2D((1, 2), depthwise_initializer="ones")
        >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]]]])).numpy()
        array([[[[ 3., 30.]]]], dtype=float32)

    Source: L. Sifre, Rigid-Motion Scattering for Image Classification, 2014.
    """

    WEIGHTS = {"depthwise": "glorot_uniform", "bias": "zeros"}
    SETTINGS = ("kernel_size", "strides", "padding", "depth_multiplier", "dilation_rate")

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        name = "DepthwiseConv2D"
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        self.depth_multiplier = arguments.positive_int(name, depth_multiplier=depth_multiplier)
        self.dilation_rate = arguments.per_axis(name, 2, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)

    @channels_last
    def build(self, input_shape):
        *_, channels = self.output_shape(input_shape)
        shape = (*self.kernel_size, input_shape[-1], self.depth_multiplier)
        self.kernel = self.weight("depthwise", shape, name="kernel")
        if self.use_bias:
            self.bias = self.weight("bias", (channels,))
        self.expects(input_shape)

    @channels_last
    def call(self, x):
        s, d = self.strides, self.dilation_rate
        if s[0] == s[1]:
            y = ops.depthwise_conv(x, self.kernel, s, self.padding, "channels_last", d)
        else:
            y = _convolution.depthwise_conv(x, self.kernel, s, self.padding, d)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)  # (B, H', W', C·m)

    def output_shape(self, input_shape):
        window = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        sizes = _convolution.output_sizes("DepthwiseConv2D", input_shape, *window)
        return (input_shape[0], *sizes, input_shape[-1] * self.depth_multiplier)
