"""Conv2DTranspose: every pixel of a small image adds a whole kernel to a larger one."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._convolution_layer import TransposedConvolutionLayer, kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class Conv2DTranspose(TransposedConvolutionLayer):
    """The adjoint of a convolution: from the size of its output back to that of its input.

    It is how a gradient goes back through Conv2D: ⟨conv(v), x⟩ = ⟨v, y⟩ for the same W and no
    biases. It is not the inverse of a convolution, whose input it does not restore. So its other
    name, "deconvolution", is misleading.

    Maths:
        y[m, n, f] = φ(b[f] + Σ x[i, j, c] · W[u, v, f, c])
        over all i, u with i·s + u − p = m, all j, v with j·s + v − p = n, and all c.
        "valid": p = 0. "same": p = ⌊max(k − s, 0) / 2⌋, Conv2D's padding before an axis of H·s.
        Equals `reference.convolution_layers.conv_transpose_nd`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = (H − 1)·s + max(k, s) for "valid", H·s for "same"
        W (kh, kw, filters, C), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the kernel: one integer, or one for each axis.
        strides: s, the distance in the output of neighbouring inputs: one integer, or one for each
            axis.
        padding: "valid" or "same", as in the convolution whose adjoint this is.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: an argument is not as described above, or the input does not have four axes.

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
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        arguments.positive_int("Conv2DTranspose", filters=filters)
        arguments.one_of("Conv2DTranspose", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis("Conv2DTranspose", 2, kernel_size=kernel_size)
        self.strides = arguments.per_axis("Conv2DTranspose", 2, strides=strides)
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        arguments.shape("Conv2DTranspose", input_shape, "(B, H, W, C)")
        self.kernel, self.bias = kernel_and_bias(
            self, (*self.kernel_size, self.filters, input_shape[-1]), (self.filters,)
        )

    def call(self, x):
        y = ops.conv_transpose(
            x, self.kernel, self.strides, self.padding, data_format="channels_last"
        )  # (B, H', W', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
