"""Conv1DTranspose: every step of a short sequence adds a whole kernel to a longer one."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._convolution_layer import TransposedConvolutionLayer, kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class Conv1DTranspose(TransposedConvolutionLayer):
    """The adjoint of a convolution: from the length of its output back to that of its input.

    It is how a gradient goes back through Conv1D: ⟨conv(v), x⟩ = ⟨v, y⟩ for the same W and no
    biases. It is not the inverse of a convolution, whose input it does not restore. So its other
    name, "deconvolution", is misleading.

    Maths:
        y[m, f] = φ(b[f] + Σ x[t, c] · W[u, f, c])   over all t, u, c with t·s + u − p = m
        "valid": p = 0. "same": p = ⌊max(k − s, 0) / 2⌋, Conv1D's padding before an axis of T·s.
        Equals `reference.convolution_layers.conv_transpose_nd`.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = (T − 1)·s + max(k, s) for "valid", T·s for "same"
        W (k, filters, C), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the kernel: one integer or a tuple of one.
        strides: s, the distance in the output of neighbouring inputs: one integer or a tuple of
            one.
        padding: "valid" or "same", as in the convolution whose adjoint this is.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: an argument is not as described above, or the input does not have three axes.

    Example:
        >>> layer = Conv1DTranspose(1, 3, 2, kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [10.0]]])).numpy()[0, :, 0]
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
        arguments.positive_int("Conv1DTranspose", filters=filters)
        arguments.one_of("Conv1DTranspose", ("valid", "same"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis("Conv1DTranspose", 1, kernel_size=kernel_size)
        self.strides = arguments.per_axis("Conv1DTranspose", 1, strides=strides)
        self.padding = padding
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        arguments.shape("Conv1DTranspose", input_shape, "(B, T, C)")
        self.kernel, self.bias = kernel_and_bias(
            self, (*self.kernel_size, self.filters, input_shape[-1]), (self.filters,)
        )

    def call(self, x):
        y = ops.conv_transpose(
            x, self.kernel, self.strides, self.padding, data_format="channels_last"
        )  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
