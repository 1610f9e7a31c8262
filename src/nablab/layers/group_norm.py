"""GroupNorm: normalises groups of neighbouring channels of each example."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class GroupNorm(keras.layers.Layer):
    """Gives every group of channels mean 0 and variance 1, example by example.

    Maths:
        y = γ (x - μ_g) / √(σ_g² + ε) + β
        μ_g and σ_g² over the spatial axes and the C / groups channels of group g

        Computed in two steps, so that the image is read once: the moments μ_c and σ_c² of every
        channel, then of every group  μ_g = mean μ_c,  σ_g² = mean (σ_c² + (μ_c - μ_g)²).
        groups = C is InstanceNorm. groups = 1 is not LayerNorm over the last axis, because it
        averages over the spatial axes too. Equals `reference.normalization.group_norm`.

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)
        γ, β: (C,)

    Args:
        groups: number of groups; it must divide the number of channels.
        epsilon: ε.

    Raises:
        ValueError: `groups` is not a positive integer or does not divide the channels, `epsilon`
            is negative, or the input has no spatial axis.

    Example:
        >>> layer = GroupNorm(groups=2, epsilon=0.0)
        >>> layer(np.array([[[1.0, 3.0, 20.0, 40.0]]])).numpy().round(4)
        array([[[-1.,  1., -1.,  1.]]], dtype=float32)

    Source: Y. Wu, K. He, Group Normalization, 2018.
    """

    def __init__(self, groups, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        arguments.positive_int("GroupNorm", groups=groups)
        arguments.at_least("GroupNorm", 0, epsilon=epsilon)
        self.groups = groups
        self.epsilon = epsilon

    def build(self, input_shape):
        arguments.shape("GroupNorm", input_shape, "(B, T, ..., C)")
        channels = input_shape[-1]
        if channels % self.groups:
            raise ValueError(
                f"GroupNorm: groups is {self.groups} and the input has shape "
                f"{tuple(input_shape)}; use a number of groups that divides {channels}."
            )
        weight = {"shape": (channels,), "autocast": False}
        self.gamma = self.add_weight(initializer="ones", name="gamma", **weight)
        self.beta = self.add_weight(initializer="zeros", name="beta", **weight)

    def call(self, x):
        x = at_least_float32(x)
        spatial, channels = range(1, len(x.shape) - 1), x.shape[-1]
        mean_c, variance_c = ops.moments(x, axes=list(spatial))  # (B, C)
        grouped = (-1, self.groups, channels // self.groups)
        mean_c, variance_c = ops.reshape(mean_c, grouped), ops.reshape(variance_c, grouped)
        mean_g = ops.mean(mean_c, axis=2, keepdims=True)  # (B, G, 1)
        variance_g = ops.mean(variance_c + ops.square(mean_c - mean_g), axis=2, keepdims=True)
        gamma, beta = ops.reshape(self.gamma, grouped), ops.reshape(self.beta, grouped)
        a = gamma * ops.rsqrt(variance_g + self.epsilon)  # (B, G, C / G)
        b = beta - mean_g * a  # (B, G, C / G)
        broadcast = (-1, *(1 for _ in spatial), channels)
        y = x * ops.reshape(a, broadcast) + ops.reshape(b, broadcast)  # (B, T, ..., C)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "groups": self.groups, "epsilon": self.epsilon}
