"""GroupNormalization: normalises groups of neighbouring channels of each example."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._norm import ScaledAndShifted, moments, one_axis, places, sizes
from nablab.layers._precision import wide


@keras.saving.register_keras_serializable(package="nablab")
class GroupNormalization(ScaledAndShifted):
    """Gives every group of channels mean 0 and variance 1, example by example.

    On large images a batch is small, and its statistics are too noisy for BatchNormalization. A
    group of channels of one image has enough entries for a good mean.

    Maths:
        y = γ (x - μ_g) / √(σ_g² + ε) + β
        μ_g and σ_g² over the spatial axes and the C / groups channels of group g

        Computed in two steps, so that the image is read once: the moments μ_c and σ_c² of every
        channel, then of every group  μ_g = mean μ_c,  σ_g² = mean (σ_c² + (μ_c - μ_g)²).
        groups = C is InstanceNormalization. groups = 1 is not LayerNormalization over the last
        axis, because it averages over the spatial axes too. Steps that a mask leaves out count in
        no mean. Equals `reference.normalization.group_norm`.

    Shapes:
        x (B, ..., C) -> (B, ..., C)
        γ, β: (C,)

    Args:
        groups: number of groups; it must divide the number of channels. -1 is one for each channel.
        axis: the axis of the channels.
        epsilon: ε.
        center, scale: whether there is a β, and a γ.
        gamma_initializer, beta_initializer: how γ and β start, 1 and 0 by default; so too
            `_regularizer` and `_constraint`.
        mask: argument of `call`: (B, T) for a sequence; False leaves a step out.

    Raises:
        ValueError: `groups` is neither a positive integer nor -1, or does not divide the channels;
            `axis` is not an integer, or the batch; `epsilon` is negative; the input lacks the axis,
            or has another C than the layer was built for; the mask does not fit the input.

    Example:
        >>> layer = GroupNormalization(groups=2, epsilon=0.0)
        >>> layer(np.array([[[1.0, 3.0, 20.0, 40.0]]])).numpy().round(4)
        array([[[-1.,  1., -1.,  1.]]], dtype=float32)

    Source: Y. Wu, K. He, Group Normalization, 2018.
    """

    def __init__(self, groups=32, axis=-1, epsilon=1e-3, center=True, scale=True, **kwargs):
        super().__init__(one_axis("GroupNormalization", axis), epsilon, center, scale, **kwargs)
        each = isinstance(groups, int) and groups == -1
        self.groups = -1 if each else arguments.positive_int("GroupNormalization", groups=groups)

    def build(self, input_shape):
        (channels,) = sizes("GroupNormalization", self.axis, input_shape)
        if self.groups != -1 and channels % self.groups:
            raise ValueError(
                f"GroupNormalization: groups is {self.groups} and the input has shape "
                f"{tuple(input_shape)}; use a number of groups that divides {channels}."
            )
        self.make_gamma_and_beta((channels,))
        self.expects(input_shape, self.axis)

    def call(self, x, mask=None):
        x = wide(x, self.compute_dtype)
        (channel,) = places(self.axis, len(x.shape))
        C = x.shape[channel]
        groups = C if self.groups == -1 else self.groups
        grouped = (-1, groups, C // groups)
        spatial = [i for i in range(1, len(x.shape)) if i != channel]
        name = type(self).__name__
        mean_c, variance_c = moments(name, x, spatial, mask, channel)  # (B, 1, ..., C)
        mean_c, variance_c = ops.reshape(mean_c, grouped), ops.reshape(variance_c, grouped)
        mean_g = ops.mean(mean_c, axis=2, keepdims=True)  # (B, G, 1)
        variance_g = ops.mean(variance_c + ops.square(mean_c - mean_g), axis=2, keepdims=True)
        gamma, beta = (ops.reshape(w, grouped) for w in self.gamma_and_beta(x))  # (1, G, C / G)
        a = gamma * ops.rsqrt(variance_g + self.epsilon)  # (B, G, C / G)
        b = beta - mean_g * a  # (B, G, C / G)
        broadcast = (-1, *(C if i == channel else 1 for i in range(1, len(x.shape))))
        y = x * ops.reshape(a, broadcast) + ops.reshape(b, broadcast)  # (B, ..., C)
        return ops.cast(y, self.compute_dtype)

    def get_config(self):
        return {**super().get_config(), "groups": self.groups, "axis": self.axis}
