"""Conv1D: the same small filters at every step of a sequence."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _convolution, _windows
from nablab.layers._axes import channels_last
from nablab.layers._convolution_layer import ConvolutionLayer


@keras.saving.register_keras_serializable(package="nablab")
class Conv1D(ConvolutionLayer):
    """A weighted sum of a few neighbouring steps, with the same weights at every step.

    Neighbouring steps of a sequence belong together, and a pattern means the same wherever it
    occurs. So a small kernel, used at every step, does what Dense would need weights for at each
    step, and it recognizes a pattern at steps where it was never trained on one.

    It is a cross-correlation: unlike in the convolution of mathematics, the kernel is not
    reversed. Because the kernel is learned, it makes no difference to what a network can compute.

    Maths:
        y[t, f] = φ(b[f] + Σ_u Σ_c x[t·s + u·d − p, g·C/G + c] · W[u, c, f])
        Filter f reads the C/G channels of its group g = ⌊f / (filters/G)⌋: all channels if G = 1.
        x is 0 outside, and where a mask is False.
        "valid": p = 0; the window stays inside the input.
        "same": T' = ⌈T / s⌉. The padding is P = max((T' − 1)·s + d·(k − 1) + 1 − T, 0) in total,
            and p = ⌊P / 2⌋ of it comes before: it depends on T and s, and an odd entry comes after.
            So with s > 1, a padded sequence may be read from another step than it is alone.
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
        data_format: "channels_last", or "channels_first" for x (B, C, T).
        dilation_rate: d, the spacing of the kernel's entries: one integer or a tuple of one.
        groups: G, the number of groups that the channels and the filters are divided into.
        activation: φ: a name, a function, or None for the identity.
        use_bias: whether to add b.
        kernel_initializer, bias_initializer: how W and b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: an argument is not as described above; `strides` and `dilation_rate` are both
            above 1; `groups` does not divide the filters or the channels; the input does not have
            three axes, or is smaller than the window with "valid" padding; the mask is not one of
            its steps.

    Example:
        >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
        >>> layer(np.array([[[1.0], [2.0], [3.0]]])).numpy()[0, :, 0]
        array([1., 3., 5.], dtype=float32)

    Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. J. Lang, Phoneme Recognition Using
    Time-Delay Neural Networks, 1989. Causal and dilated: A. van den Oord and others, WaveNet: A
    Generative Model for Raw Audio, 2016.
    """

    AXES = "(B, T, C)"

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
        name = "Conv1D"
        self.filters, self.groups = arguments.positive_int(name, filters=filters, groups=groups)
        self.kernel_size = arguments.per_axis(name, 1, kernel_size=kernel_size)
        self.strides = arguments.per_axis(name, 1, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same", "causal"), padding=padding)
        self.dilation_rate = arguments.per_axis(name, 1, dilation_rate=dilation_rate)
        self.activation = keras.activations.get(activation)
        self.use_bias = arguments.true_or_false(name, use_bias=use_bias)
        self.bias = None
        self.supports_masking = True
        _convolution.check_strides_or_dilation(name, self.strides, self.dilation_rate)
        _convolution.check_groups(name, self.groups, self.filters, "filters")

    @channels_last
    def build(self, input_shape):
        self.output_shape(input_shape)  # refuses an input that the kernel does not fit in
        C = input_shape[-1]
        _convolution.check_groups("Conv1D", self.groups, C, "channels")
        self.kernel = self.weight("kernel", (*self.kernel_size, C // self.groups, self.filters))
        if self.use_bias:
            self.bias = self.weight("bias", (self.filters,))
        self.expects(input_shape)

    @channels_last
    def call(self, x, mask=None):
        if mask is not None:
            x = ops.where(_windows.expand_mask("Conv1D", mask, x), x, 0)
        s, d, padding = self.strides, self.dilation_rate, self.padding
        if padding == "causal":
            past = d[0] * (self.kernel_size[0] - 1)
            x = ops.pad(x, ((0, 0), (past, 0), (0, 0)))  # (B, past + T, C)
            padding = "valid"
        if self.groups == 1:
            y = ops.conv(x, self.kernel, s, padding, "channels_last", d)
        else:
            y = _convolution.grouped_conv(x, self.kernel, self.groups, s, padding, d)
        if self.use_bias:
            y = y + self.bias
        return self.activation(y)  # (B, T', filters)

    def compute_mask(self, x, mask=None):
        """Which outputs count: with "valid" padding, those whose whole window does."""
        if mask is None:
            return None
        (k,), (s,), (d,) = self.kernel_size, self.strides, self.dilation_rate
        if self.padding == "valid":
            reads = [mask[:, u * d : (u - k + 1) * d or None] for u in range(k)]  # each (B, T')
            mask = ops.all(ops.stack(reads), axis=0)
        return mask[:, ::s]
