"""InstanceNorm: normalises each channel of each example."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class InstanceNorm(keras.layers.Layer):
    """Gives each channel of each image mean 0 and variance 1, which removes its contrast.

    Maths:
        y = γ (x - μ) / √(σ² + ε) + β,   μ and σ² over the spatial axes, for every example and
        every channel

        Training and inference are the same. Computed as y = a x + b with a = γ / √(σ² + ε),
        b = β - μ a. Equals `reference.normalization.instance_norm`.

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)
        γ, β: (C,)

    Args:
        epsilon: ε.

    Raises:
        ValueError: `epsilon` is negative, or the input has no spatial axis.

    Example:
        >>> layer = InstanceNorm(epsilon=0.0)
        >>> layer(np.array([[[1.0], [3.0]], [[70.0], [50.0]]])).numpy()[:, :, 0]
        array([[-1.,  1.],
               [ 1., -1.]], dtype=float32)

    Source: D. Ulyanov, A. Vedaldi, V. Lempitsky, Instance Normalization: The Missing Ingredient for
    Fast Stylization, 2016.
    """

    def __init__(self, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        arguments.at_least("InstanceNorm", 0, epsilon=epsilon)
        self.epsilon = epsilon

    def build(self, input_shape):
        arguments.shape("InstanceNorm", input_shape, "(B, T, ..., C)")
        weight = {"shape": (input_shape[-1],), "autocast": False}
        self.gamma = self.add_weight(initializer="ones", name="gamma", **weight)
        self.beta = self.add_weight(initializer="zeros", name="beta", **weight)

    def call(self, x):
        x = at_least_float32(x)
        spatial = list(range(1, len(x.shape) - 1))
        mean, variance = ops.moments(x, axes=spatial, keepdims=True)  # (B, 1, ..., C)
        a = self.gamma * ops.rsqrt(variance + self.epsilon)  # (B, 1, ..., C)
        b = self.beta - mean * a  # (B, 1, ..., C)
        return ops.cast(x * a + b, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
