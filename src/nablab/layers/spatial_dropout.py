"""SpatialDropout: whole channels are set to 0 in training."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class SpatialDropout(keras.layers.Layer):
    """Drops a random fraction of the channels of every example in training; scales up the rest.

    Maths:
        y[b, ..., c] = x[b, ..., c] k[b, c] / (1 - r) in training,
        k[b, c] = 1 with probability 1 - r, else 0
        y = x at inference

        Neighbouring pixels are so similar that dropping single ones removes little information; so
        a channel is dropped as a whole. Equals `reference.dropout.dropout` for the k that was
        drawn, with the shape (B, 1, ..., C).

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)

    Args:
        rate: r, the fraction of channels that is DROPPED, at least 0 and below 1.
        seed: an integer from which k is drawn; None lets Keras choose one.

    Raises:
        ValueError: `rate` is not in [0, 1), or the input has no spatial axis.

    Example:
        >>> y = SpatialDropout(0.5, seed=1)(np.ones((1, 2, 2, 8)), training=True).numpy()
        >>> bool(np.all(y == y[:, :1, :1]))  # a channel is dropped or not as a whole
        True

    Source: J. Tompson, R. Goroshin, A. Jain, Y. LeCun, C. Bregler, Efficient Object Localization
    Using Convolutional Networks, 2015.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        arguments.fraction("SpatialDropout", rate=rate)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("SpatialDropout", input_shape, "(B, T, ..., C)")

    def call(self, x, training=None):
        if not training or self.rate == 0:
            return x
        batch, *space, channels = ops.shape(x)
        shape = (batch, *(1 for _ in space), channels)
        drawn = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
        scale = ops.where(drawn >= self.rate, 1 / (1 - self.rate), 0.0)  # (B, 1, ..., C)
        return x * ops.cast(scale, x.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
