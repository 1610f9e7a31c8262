"""Conv2D: the same small filters at every position of an image."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import channels_last
from nablab.layers._convolution_layer import ConvolutionLayer


@keras.saving.register_keras_serializable(package="nablab")
class Conv2D(ConvolutionLayer):
    """A weighted sum over a small window of an image, with the same weights at every position.

    Neighbouring pixels belong together, and a pattern means the same wherever it occurs. So a small
    kernel, used at every position, does what Dense would need weights for at each position, and it
    recognizes a pattern at positions where it was never trained on one.

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
        data_format: "channels_last", or "channels_first" for x (B, C, H, W).
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        groups: G, the number of groups that the channels and the filters are divided into.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

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
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        name = "Conv2D"
        self.filters, self.groups = arguments.positive_int(name, filters=filters, groups=groups)
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        self.dilation_rate = arguments.per_axis(name, 2, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)
        _convolution.check_groups(name, self.groups, self.filters, "filters")

    @channels_last
    def build(self, input_shape):
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        C = input_shape[-1]
        _convolution.check_groups("Conv2D", self.groups, C, "channels")
        self.kernel = self.weight("kernel", (*self.kernel_size, C // self.groups, self.filters))
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    @channels_last
    def call(self, x):
        s, d = self.strides, self.dilation_rate
        if self.groups == 1:
            y = ops.conv(x, self.kernel, s, self.padding, "channels_last", d)
        else:
            y = _convolution.grouped_conv(x, self.kernel, self.groups, s, self.padding, d)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)  # (B, H', W', filters)
