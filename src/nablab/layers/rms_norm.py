"""RMSNorm: normalises the length and leaves the mean alone."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class RMSNorm(keras.layers.Layer):
    """Features divided by their root mean square: LayerNorm without the mean and without β.

    Maths:
        y = γ x / √(mean x² + ε)      over the last axis

        Equals `reference.normalization.rms_norm`.

    Shapes:
        x (B, ..., n) -> (B, ..., n)
        γ (n,)

    Args:
        epsilon: ε.

    Raises:
        ValueError: `epsilon` is negative, or the input has fewer than two axes.

    Example:
        >>> layer = RMSNorm()
        >>> layer(np.array([[1.0, 7.0]])).numpy().round(4)  # √((1 + 49) / 2) = 5
        array([[0.2, 1.4]], dtype=float32)

    Source: B. Zhang, R. Sennrich, Root Mean Square Layer Normalization, 2019.
    """

    def __init__(self, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        arguments.at_least("RMSNorm", 0, epsilon=epsilon)
        self.epsilon = epsilon
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("RMSNorm", input_shape, "(B, ..., n)")
        self.gamma = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", autocast=False, name="gamma"
        )

    def call(self, x):
        x = at_least_float32(x)
        mean_square = ops.mean(ops.square(x), axis=-1, keepdims=True)  # (B, ..., 1)
        y = x * ops.rsqrt(mean_square + self.epsilon) * self.gamma  # (B, ..., n)
        return ops.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
