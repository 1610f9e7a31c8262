"""SeparableConv2D: a convolution in space, then one across channels."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import DataFormatLayer, channels_last
from nablab.layers._convolution_layer import KernelLayer


@keras.saving.register_keras_serializable(package="nablab")
class SeparableConv2D(DataFormatLayer, KernelLayer):
    """A convolution in two steps, in space and across channels, with far fewer weights.

    A convolution does two things at once: it looks around and it mixes channels. One after the
    other they cost far less. With m = 1 the layer has kh·kw·C + C·filters weights, and a
    convolution has kh·kw·C·filters. It equals a convolution whose kernel from channel c to filter f
    is D[:, :, c] · P[c, f].

    Maths:
        z[i, j, c·m + q] = Σ_uv x[i·s + u·d − p, j·s + v·d − p, c] · D[u, v, c, q]
        y[i, j, f] = φ(b[f] + Σ_r z[i, j, r] · P[r, f])
        for q = 0, …, m − 1, with m = depth_multiplier. x is 0 outside, and p is as in Conv2D.
        Equals `reference.convolution_layers.separable_conv`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        D (kh, kw, C, depth_multiplier), P (1, 1, C · depth_multiplier, filters), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        depth_multiplier: m, the number of spatial filters for each channel.
        data_format: "channels_last", or "channels_first" for x (B, C, H, W).
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        depthwise_initializer, pointwise_initializer, bias_initializer: how D, P and b start; so too
            `_regularizer` and `_constraint`.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; the input does not have four axes, or is smaller than the window with "valid"
            padding.

    Example:
        >>> layer = SeparableConv2D(1, (1, 2), depthwise_initializer="ones",
        ...                         pointwise_initializer="ones")
        >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]]]])).numpy()
        array([[[[33.]]]], dtype=float32)

    Source: L. Sifre, Rigid-Motion Scattering for Image Classification, 2014. F. Chollet, Xception:
    Deep Learning with Depthwise Separable Convolutions, 2017.
    """

    WEIGHTS = {"depthwise": "glorot_uniform", "pointwise": "glorot_uniform", "bias": "zeros"}
    SETTINGS = (
        *("filters", "kernel_size", "strides", "padding"),
        *("depth_multiplier", "dilation_rate"),
    )

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        name = "SeparableConv2D"
        self.filters = arguments.positive_int(name, filters=filters)
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
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        C, m = input_shape[-1], self.depth_multiplier
        self.depthwise_kernel = self.weight(
            "depthwise", (*self.kernel_size, C, m), name="depthwise_kernel"
        )
        self.pointwise_kernel = self.weight(
            "pointwise", (1, 1, C * m, self.filters), name="pointwise_kernel"
        )
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    @channels_last
    def call(self, x):
        s, d, D, P = self.strides, self.dilation_rate, self.depthwise_kernel, self.pointwise_kernel
        z = _convolution.depthwise_conv(x, D, s, self.padding, d)  # (B, H', W', C·m)
        y = ops.conv(z, P, data_format="channels_last")  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)

    def output_shape(self, input_shape):
        window = (self.kernel_size, self.strides, self.padding, self.dilation_rate)
        sizes = _convolution.output_sizes("SeparableConv2D", input_shape, *window)
        return (input_shape[0], *sizes, self.filters)
