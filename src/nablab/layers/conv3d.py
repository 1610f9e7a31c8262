"""Conv3D: the same small filters at every position of a volume or a video."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import channels_last
from nablab.layers._convolution_layer import ConvolutionLayer


@keras.saving.register_keras_serializable(package="nablab")
class Conv3D(ConvolutionLayer):
    """A weighted sum over a small block of a volume, with the same weights at every position.

    Neighbouring voxels, or pixels of consecutive frames, belong together, and a pattern means the
    same wherever it occurs. So a small kernel, used at every position, does what Dense would need
    weights for at each position.

    It is a cross-correlation: unlike in the convolution of mathematics, the kernel is not
    reversed. Because the kernel is learned, it makes no difference to what a network can compute.

    Maths:
        y[i, f] = φ(b[f] + Σ_u Σ_c x[i·s + u·d − p, g·C/G + c] · W[u, c, f])
        i = (i₁, i₂, i₃) is a position in the output and u one in the kernel; i·s + u·d − p is
        computed axis by axis.
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋: all channels if G = 1.
        x is 0 outside.
        "valid": p = 0; the block stays inside the volume.
        "same": an axis of D entries gives ⌈D / s⌉ outputs. Its padding is
            P = max((⌈D / s⌉ − 1)·s + d·(k − 1) + 1 − D, 0) in total, and p = ⌊P / 2⌋ of it comes
            before: it depends on D and s, and an odd entry comes after.
        Equals `reference.convolution_layers.conv_nd`.

    Shapes:
        x (B, D, H, W, C) -> (B, D', H', W', filters)
        D' = ⌊(D − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈D / s⌉ for "same"
        W (kd, kh, kw, C / groups, filters), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer, or one for each axis.
        strides: s, the step of the window: one integer, or one for each axis.
        padding: "valid" or "same".
        data_format: "channels_last", or "channels_first" for x (B, C, D, H, W).
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        groups: G, the number of groups that the channels and the filters are divided into.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; `groups` does not divide the filters or the channels; the input does not have
            five axes, or is smaller than the window with "valid" padding.

    Example:
        >>> layer = Conv3D(1, 2, kernel_initializer="ones")
        >>> layer(np.arange(12.0).reshape(1, 2, 2, 3, 1)).numpy()[0, 0, 0, :, 0]
        array([40., 48.], dtype=float32)

    Source: S. Ji, W. Xu, M. Yang, K. Yu, 3D Convolutional Neural Networks for Human Action
    Recognition, 2013.
    """

    AXES = "(B, D, H, W, C)"

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
        name = "Conv3D"
        self.filters, self.groups = arguments.positive_int(name, filters=filters, groups=groups)
        self.kernel_size = arguments.per_axis(name, 3, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 3, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        self.dilation_rate = arguments.per_axis(name, 3, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)
        _convolution.check_groups(name, self.groups, self.filters, "filters")

    @channels_last
    def build(self, input_shape):
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        C = input_shape[-1]
        _convolution.check_groups("Conv3D", self.groups, C, "channels")
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
        return self.activation(y)  # (B, D', H', W', filters)
