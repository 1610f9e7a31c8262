"""ResidualBlock: two convolutions that learn what to add to their input."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._axes import SpatialLayer
from nablab.layers._weights import WeightedLayer
from nablab.layers.batch_normalization import BatchNormalization


@keras.saving.register_keras_serializable(package="nablab")
class ResidualBlock(SpatialLayer, WeightedLayer):
    """Two 3×3 convolutions with batch normalisation, and a shortcut around them.

    Beyond some depth, plain networks get worse with every layer, even on the data that they are
    trained on. A block that only has to learn a change can always learn none, and the gradient has
    a way around it.

    Maths:
        y = ReLU(F(x) + s(x)),   F(x) = N₂(W₂ * ReLU(N₁(W₁ * x)))
        s(x) = x, or N_s(W_s * x) with 1×1 filters if the number of channels or the size changes

        pre_activation:   y = F(x) + s(x),   F(x) = W₂ * ReLU(N₂(W₁ * a)),   a = ReLU(N₁(x))
        s(x) = x, or W_s * a

        N is BatchNormalization. The convolutions need no bias, because N adds one. If F = 0, for
        example with γ = 0 in the last N, the block passes on its input. Equals
        `reference.blocks.residual_block` and `reference.blocks.pre_activation_block`.

    Shapes:
        x (B, H, W, C) -> (B, H', W', filters)
        H' = ⌈H / strides⌉, W' = ⌈W / strides⌉
        W₁ (3, 3, C, filters), W₂ (3, 3, filters, filters), W_s (1, 1, C, filters)

    Args:
        filters: number of output channels.
        strides: of W₁ and W_s, one integer for both axes.
        pre_activation: whether to put normalisation and ReLU before each convolution.
        kernel_initializer: how W₁, W₂ and W_s start; so too `kernel_regularizer` and
            `kernel_constraint`.

    Raises:
        ValueError: `filters` or `strides` is not a positive integer, `pre_activation` is neither
            True nor False, or the input does not have four axes.

    Example:
        >>> block = ResidualBlock(8, strides=2)
        >>> block(np.ones((1, 6, 6, 4))).shape
        TensorShape([1, 3, 3, 8])

    Source: K. He, X. Zhang, S. Ren, J. Sun, Deep Residual Learning for Image Recognition, 2016;
    pre_activation: the same, Identity Mappings in Deep Residual Networks, 2016.
    """

    WEIGHTS = {"kernel": "he_normal"}

    def __init__(self, filters, strides=1, pre_activation=False, **kwargs):
        super().__init__(**kwargs)
        name = "ResidualBlock"
        self.filters, self.strides = arguments.positive_int(name, filters=filters, strides=strides)
        self.pre_activation = arguments.true_or_false(name, pre_activation=pre_activation)

    def build(self, input_shape):
        self.check_axes(input_shape)
        C, F = input_shape[-1], self.filters
        self.kernel1 = self.weight("kernel", (3, 3, C, F), name="kernel1")
        self.kernel2 = self.weight("kernel", (3, 3, F, F), name="kernel2")
        self.norm1 = self._norm("norm1", C if self.pre_activation else F)
        self.norm2 = self._norm("norm2", F)
        self.projects = C != F or self.strides != 1
        if self.projects:
            self.kernel_shortcut = self.weight("kernel", (1, 1, C, F), name="kernel_shortcut")
            if not self.pre_activation:
                self.norm_shortcut = self._norm("norm_shortcut", F)
        self.expects(input_shape)

    def _norm(self, name, channels):
        norm = BatchNormalization(name=name, dtype=self.dtype_policy)
        norm.build((None, None, None, channels))
        return norm

    def call(self, x, training=None):
        if self.pre_activation:
            return self._pre_activated(x, training)
        shortcut = x
        if self.projects:
            shortcut = _conv(x, self.kernel_shortcut, self.strides)  # (B, H', W', F)
            shortcut = self.norm_shortcut(shortcut, training=training)
        h = _conv(x, self.kernel1, self.strides)  # (B, H', W', F)
        h = ops.relu(self.norm1(h, training=training))
        h = self.norm2(_conv(h, self.kernel2, 1), training=training)
        return ops.relu(h + shortcut)

    def _pre_activated(self, x, training):
        a = ops.relu(self.norm1(x, training=training))
        shortcut = x
        if self.projects:
            shortcut = _conv(a, self.kernel_shortcut, self.strides)  # (B, H', W', F)
        h = _conv(a, self.kernel1, self.strides)  # (B, H', W', F)
        h = ops.relu(self.norm2(h, training=training))
        return _conv(h, self.kernel2, 1) + shortcut

    def output_shape(self, input_shape):
        batch, *space, _ = input_shape
        space = [None if size is None else -(-size // self.strides) for size in space]
        return (batch, *space, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "pre_activation": self.pre_activation,
        }


def _conv(x, W, strides):
    return ops.conv(x, W, strides, "same", "channels_last")
