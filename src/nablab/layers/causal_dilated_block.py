"""CausalDilatedBlock: WaveNet's gated unit, which sees far into the past and never the future."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import SpatialLayer
from nablab.layers._weights import WeightedLayer


@keras.saving.register_keras_serializable(package="nablab")
class CausalDilatedBlock(SpatialLayer, WeightedLayer):
    """A gated convolution over the past, with a residual and a skip output.

    Sound depends on thousands of samples before it. A recurrent layer reads them one after the
    other. Convolutions read them all at once, and dilation doubles what they see with every layer.

    Maths:
        z = tanh(Wf * x + bf) ⊙ σ(Wg * x + bg)
        (W * x)[t] = Σ_j x[t - j d] W[k - 1 - j],   x = 0 before the first step and where masked
        residual = x + z Wr + br,   skip = z Ws + bs

        The receptive field is (k - 1) d + 1 steps: the current one and those before it. Blocks with
        d = 1, 2, 4, … are stacked along their residuals, and the network reads the sum of their
        skips. Wf and Wg lie side by side in one kernel, so that one convolution computes both.
        Equals `reference.blocks.causal_dilated_block`.

    Shapes:
        x (B, T, C) -> residual (B, T, C), skip (B, T, skip_filters)
        kernel (kernel_size, C, 2 · filters): Wf, then Wg; bias (2 · filters,)
        Wr (filters, C), br (C,), Ws (filters, skip_filters), bs (skip_filters,)

    Args:
        filters: number of channels of z.
        kernel_size: k.
        dilation_rate: d.
        skip_filters: number of channels of the skip; `filters` if None.
        kernel_initializer, bias_initializer: how all W and all b start; so too `_regularizer` and
            `_constraint`.

    Raises:
        ValueError: one of the sizes is not a positive integer, the input does not have three axes,
            or the mask is not one of its steps.

    Example:
        >>> block = CausalDilatedBlock(8, dilation_rate=4, skip_filters=5)
        >>> residual, skip = block(np.ones((1, 10, 3)))
        >>> residual.shape, skip.shape
        (TensorShape([1, 10, 3]), TensorShape([1, 10, 5]))

    Source: A. van den Oord et al., WaveNet: A Generative Model for Raw Audio, 2016, section 2.3.
    """

    AXES = "(B, T, C)"
    WEIGHTS = {"kernel": "glorot_uniform", "bias": "zeros"}

    def __init__(self, filters, kernel_size=2, dilation_rate=1, skip_filters=None, **kwargs):
        super().__init__(**kwargs)
        name = "CausalDilatedBlock"
        self.filters = arguments.positive_int(name, filters=filters)
        self.kernel_size = arguments.positive_int(name, kernel_size=kernel_size)
        self.dilation_rate = arguments.positive_int(name, dilation_rate=dilation_rate)
        skip_filters = filters if skip_filters is None else skip_filters
        self.skip_filters = arguments.positive_int(name, skip_filters=skip_filters)
        self.supports_masking = True

    def build(self, input_shape):
        self.check_axes(input_shape)
        C, F, skips = input_shape[-1], self.filters, self.skip_filters
        self.kernel = self.weight("kernel", (self.kernel_size, C, 2 * F))
        self.bias = self.weight("bias", (2 * F,))
        self.residual_kernel = self.weight("kernel", (F, C), name="residual_kernel")
        self.residual_bias = self.weight("bias", (C,), name="residual_bias")
        self.skip_kernel = self.weight("kernel", (F, skips), name="skip_kernel")
        self.skip_bias = self.weight("bias", (skips,), name="skip_bias")
        self.expects(input_shape)

    def call(self, x, mask=None):
        if mask is not None:
            x = ops.where(_windows.expand_mask("CausalDilatedBlock", mask, x), x, 0)
        past = (self.kernel_size - 1) * self.dilation_rate
        padded = ops.pad(x, [[0, 0], [past, 0], [0, 0]])  # (B, past + T, C)
        d = self.dilation_rate
        both = ops.conv(padded, self.kernel, 1, "valid", "channels_last", d) + self.bias
        f, g = ops.split(both, 2, axis=-1)  # filter and gate, (B, T, filters) each
        z = ops.tanh(f) * ops.sigmoid(g)
        residual = x + ops.matmul(z, self.residual_kernel) + self.residual_bias  # (B, T, C)
        skip = ops.matmul(z, self.skip_kernel) + self.skip_bias  # (B, T, skip_filters)
        return residual, skip

    def compute_mask(self, x, mask=None):
        return None if mask is None else (mask, mask)

    def output_shape(self, input_shape):
        return tuple(input_shape), (*input_shape[:-1], self.skip_filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
            "skip_filters": self.skip_filters,
        }
