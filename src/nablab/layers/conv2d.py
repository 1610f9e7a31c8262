"""Conv2D: the same small filters at every position of an image."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import ConvolutionLayer, kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class Conv2D(ConvolutionLayer):
    """A weighted sum over a small window of an image, with the same weights at every position.

    It is a cross-correlation: unlike in the convolution of mathematics, the kernel is not rotated
    by 180°. Because the kernel is learned, it makes no difference to what a network can compute.

    Maths:
        y[i, j, f] = φ(b[f] + Σ_uvc x[i·s + u·d − p, j·s + v·d − p, g·C/G + c] · W[u, v, c, f])
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋: all channels if G = 1.
        x is 0 outside.
        "valid": p = 0; the window stays inside the image.
        "same": an axis of H pixels gives ⌈H / s⌉ outputs. Its padding is
            P = max((⌈H / s⌉ − 1)·s + d·(k − 1) + 1 − H, 0) in total, and p = ⌊P / 2⌋ of it comes
            before: it depends on H and s, and an odd pixel comes after.
        Equals `reference.convolution_layers.conv_nd`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌊(H − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈H / s⌉ for "same"
        W (kh, kw, C / groups, filters), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        groups: G, the number of groups that the channels and the filters are divided into.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; `groups` does not divide the filters or the channels; the input does not have
            four axes, or is smaller than the window with "valid" padding.

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
        arguments.positive_int("Conv2D", filters=filters, groups=groups)
        arguments.one_of("Conv2D", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis("Conv2D", 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis("Conv2D", 2, strides=strides)
        self.padding = padding
        self.dilation_rate = arguments.per_axis("Conv2D", 2, dilation_rate=dilation_rate)
        self.groups = groups
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        _convolution.check_strides_or_dilation("Conv2D", self.strides, self.dilation_rate)
        _convolution.check_groups("Conv2D", groups, filters, "filters")

    def build(self, input_shape):
        arguments.shape("Conv2D", input_shape, "(B, H, W, C)")
        self.compute_output_shape(input_shape)  # refuses an input that the kernel does not fit in
        channels = input_shape[-1]
        _convolution.check_groups("Conv2D", self.groups, channels, "channels")
        self.kernel, self.bias = kernel_and_bias(
            self, (*self.kernel_size, channels // self.groups, self.filters), (self.filters,)
        )

    def call(self, x):
        y = _convolution.conv(
            x, self.kernel, self.strides, self.padding, self.dilation_rate, self.groups
        )  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
