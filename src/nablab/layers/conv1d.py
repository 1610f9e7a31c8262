"""Conv1D: the same small filters at every step of a sequence."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution
from nablab.layers._convolution_layer import ConvolutionLayer, kernel_and_bias


@keras.saving.register_keras_serializable(package="nablab")
class Conv1D(ConvolutionLayer):
    """A weighted sum of a few neighbouring steps, with the same weights at every step.

    It is a cross-correlation: unlike in the convolution of mathematics, the kernel is not
    reversed. Because the kernel is learned, it makes no difference to what a network can compute.

    Maths:
        y[t, f] = φ(b[f] + Σ_u Σ_c x[t·s + u·d − p, g·C/G + c] · W[u, c, f])
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋: all channels if G = 1.
        x is 0 outside.
        "valid": p = 0; the window stays inside the input.
        "same": T' = ⌈T / s⌉. The padding is P = max((T' − 1)·s + d·(k − 1) + 1 − T, 0) in total,
            and p = ⌊P / 2⌋ of it comes before: it depends on T and s, and an odd entry comes after.
        "causal": p = d·(k − 1), all of the padding before: y[t] reads x up to step t·s only.
        Equals `reference.convolution_layers.conv_nd`.

    Shapes:
        x (B, T, C) -> (B, T', filters)
        T' = ⌊(T − d·(k − 1) − 1) / s⌋ + 1 for "valid", ⌈T / s⌉ for "same" and "causal"
        W (k, C / groups, filters), b (filters,)

    Args:
        filters: number of output channels.
        kernel_size: k, the size of the window: one integer or a tuple of one.
        strides: s, the step of the window: one integer or a tuple of one.
        padding: "valid", "same" or "causal".
        dilation_rate: d, the spacing of the kernel's entries: one integer or a tuple of one.
        groups: G, the number of groups that the channels and the filters are divided into.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer: initializer of W.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; `groups` does not divide the filters or the channels; the input does not have
            three axes, or is smaller than the window with "valid" padding.

    Example:
        >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy()[0, :, 0]
        array([1., 3., 5.], dtype=float32)

    Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. J. Lang, Phoneme Recognition Using
    Time-Delay Neural Networks, 1989. Causal and dilated: A. van den Oord and others, WaveNet: A
    Generative Model for Raw Audio, 2016.
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
        arguments.positive_int("Conv1D", filters=filters, groups=groups)
        arguments.one_of("Conv1D", ("valid", "same", "causal"), padding=padding)
        self.filters = filters
        self.kernel_size = arguments.per_axis("Conv1D", 1, kernel_size=kernel_size)
        self.strides = arguments.per_axis("Conv1D", 1, strides=strides)
        self.padding = padding
        self.dilation_rate = arguments.per_axis("Conv1D", 1, dilation_rate=dilation_rate)
        self.groups = groups
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        _convolution.check_strides_or_dilation("Conv1D", self.strides, self.dilation_rate)
        _convolution.check_groups("Conv1D", groups, filters, "filters")

    def build(self, input_shape):
        arguments.shape("Conv1D", input_shape, "(B, T, C)")
        self.compute_output_shape(input_shape)  # refuses an input that the kernel does not fit in
        channels = input_shape[-1]
        _convolution.check_groups("Conv1D", self.groups, channels, "channels")
        self.kernel, self.bias = kernel_and_bias(
            self, (*self.kernel_size, channels // self.groups, self.filters), (self.filters,)
        )

    def call(self, x):
        padding = self.padding
        if padding == "causal":
            (k,), (d,) = self.kernel_size, self.dilation_rate
            x = ops.pad(x, ((0, 0), (d * (k - 1), 0), (0, 0)))  # (B, T + d·(k − 1), C)
            padding = "valid"
        y = _convolution.conv(
            x, self.kernel, self.strides, padding, self.dilation_rate, self.groups
        )  # (B, T', filters)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)
