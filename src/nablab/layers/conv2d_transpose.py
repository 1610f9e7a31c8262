"""Conv2DTranspose: every pixel of a small image adds a whole kernel to a larger one."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._axes import channels_last
from nablab.layers._convolution_layer import TransposedConvolutionLayer


@keras.saving.register_keras_serializable(package="nablab")
class Conv2DTranspose(TransposedConvolutionLayer):
    """The adjoint of a convolution: from the size of its output back to that of its input.

    A network that has made an image smaller needs a learned way to make it larger again, as in
    segmentation and generators. This one is how a gradient goes back through Conv2D:
    ⟨conv(v), x⟩ = ⟨v, y⟩ for the same W and no biases. It is not the inverse of a convolution,
    whose input it does not restore. So its other name, "deconvolution", is misleading.

    Maths:
        y[m, n, f] = φ(b[f] + Σ x[i, j, c] · W[u, v, f, c])
        over all i, u with i·s + u·d − p = m, all j, v with j·s + v·d − p = n, and all c.
        The kernel spans K = d·(k − 1) + 1 pixels of an axis. P is `output_padding`, the number of
        pixels that are added at the end of an axis.
        "valid": p = 0. "same": p = ⌊max(K − s, 0) / 2⌋, Conv2D's padding before an axis of H·s;
        with P given, ⌊max(K − K mod 2 − P, 0) / 2⌋.
        Equals `reference.convolution_layers.conv_transpose_nd`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = (H − 1)·s + max(K, s) for "valid", H·s for "same"; with P given,
        (H − 1)·s + K + P for "valid", (H − 1)·s + K mod 2 + P for "same"
        W (kh, kw, filters, C), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the kernel: one integer, or one for each axis.
        strides: s, the distance in the output of neighbouring inputs: one integer, or one for each
            axis.
        padding: "valid" or "same", as in the convolution whose adjoint this is.
        output_padding: P, a whole number below s, or one for each axis, or None. Convolutions of
            several sizes give the same size; P says which of them to go back to.
        data_format: "channels_last", or "channels_first" for x (B, C, H, W).
        dilation_rate: d, the spacing of the kernel's entries: one integer, or one for each axis.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; or the input does not have four axes.

    Example:
        >>> layer = Conv2DTranspose(1, (1, 3), (1, 2), kernel_initializer="ones")
        >>> layer(np.array([[[[1.0], [10.0]]]])).numpy()[0, 0, :, 0]
        array([ 1.,  1., 11., 10., 10.], dtype=float32)

    Source: M. D. Zeiler, D. Krishnan, G. W. Taylor, R. Fergus, Deconvolutional Networks, 2010.
    V. Dumoulin, F. Visin, A Guide to Convolution Arithmetic for Deep Learning, 2016.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        name = "Conv2DTranspose"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.per_axis(name, 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)
        self.dilation_rate = arguments.per_axis(name, 2, dilation_rate=dilation_rate)
        self.output_padding = _convolution.output_paddings(
            name, output_padding, self.kernel_size, self.strides, self.padding, self.dilation_rate
        )
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)

    @channels_last
    def build(self, input_shape):
        self.kernel = self.weight("kernel", (*self.kernel_size, self.filters, input_shape[-1]))
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    @channels_last
    def call(self, x):
        y = ops.conv_transpose(
            x,
            _convolution.dilated(self.kernel, self.dilation_rate),
            self.strides,
            self.padding,
            self.output_padding,
            data_format="channels_last",
        )  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
