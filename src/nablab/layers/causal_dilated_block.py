"""CausalDilatedBlock: WaveNet's gated unit, which sees far into the past and never the future."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class CausalDilatedBlock(keras.layers.Layer):
    """A gated convolution over the past, with a residual and a skip output.

    Maths:
        z = tanh(Wf * x + bf) ⊙ σ(Wg * x + bg)
        (W * x)[t] = Σ_j x[t - j d] W[k - 1 - j],   x = 0 before the first step
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
        kernel_initializer: initializer of all W.

    Raises:
        ValueError: one of the sizes is not a positive integer, or the input does not have three
            axes.

    Example:
        >>> block = CausalDilatedBlock(8, dilation_rate=4, skip_filters=5)
        >>> residual, skip = block(np.ones((1, 10, 3)))
        >>> residual.shape, skip.shape
        (TensorShape([1, 10, 3]), TensorShape([1, 10, 5]))

    Source: A. van den Oord et al., WaveNet: A Generative Model for Raw Audio, 2016, section 2.3.
    """

    def __init__(
        self,
        filters,
        kernel_size=2,
        dilation_rate=1,
        skip_filters=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        skip_filters = filters if skip_filters is None else skip_filters
        arguments.positive_int("CausalDilatedBlock", filters=filters, kernel_size=kernel_size)
        arguments.positive_int(
            "CausalDilatedBlock", dilation_rate=dilation_rate, skip_filters=skip_filters
        )
        self.filters = filters
        self.kernel_size = kernel_size
        self.dilation_rate = dilation_rate
        self.skip_filters = skip_filters
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        arguments.shape("CausalDilatedBlock", input_shape, "(B, T, C)")
        channels, filters, skips = input_shape[-1], self.filters, self.skip_filters
        self.kernel = self._weight("kernel", (self.kernel_size, channels, 2 * filters))
        self.bias = self._weight("bias", (2 * filters,))
        self.residual_kernel = self._weight("residual_kernel", (filters, channels))
        self.residual_bias = self._weight("residual_bias", (channels,))
        self.skip_kernel = self._weight("skip_kernel", (filters, skips))
        self.skip_bias = self._weight("skip_bias", (skips,))

    def _weight(self, name, shape):
        initializer = "zeros" if name.endswith("bias") else self.kernel_initializer
        return self.add_weight(shape=shape, initializer=initializer, name=name)

    def call(self, x):
        past = (self.kernel_size - 1) * self.dilation_rate
        padded = ops.pad(x, [[0, 0], [past, 0], [0, 0]])  # (B, past + T, C)
        both = ops.conv(padded, self.kernel, 1, "valid", dilation_rate=self.dilation_rate)
        f, g = ops.split(both + self.bias, 2, axis=-1)  # filter and gate, (B, T, filters) each
        z = ops.tanh(f) * ops.sigmoid(g)
        residual = x + ops.matmul(z, self.residual_kernel) + self.residual_bias  # (B, T, C)
        skip = ops.matmul(z, self.skip_kernel) + self.skip_bias  # (B, T, skip_filters)
        return residual, skip

    def compute_output_shape(self, input_shape):
        return tuple(input_shape), (*input_shape[:-1], self.skip_filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "dilation_rate": self.dilation_rate,
            "skip_filters": self.skip_filters,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
