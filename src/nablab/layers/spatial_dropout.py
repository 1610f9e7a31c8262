"""SpatialDropout: whole channels are set to 0 in training."""

from __future__ import annotations

import keras
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class SpatialDropout(keras.layers.Layer):
    """In training drops a share of the channels of every example and scales up the rest.

    Maths:
        y[b, ..., c] = x[b, ..., c] k[b, c] / (1 - r) in training,
        k[b, c] = 1 with probability 1 - r, else 0
        y = x at inference

        Neighbouring pixels are so alike that dropping single ones takes little away; a channel is
        dropped everywhere. Equals `reference.dropout.dropout` for the k that was drawn, with the
        shape (B, 1, ..., C).

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)

    Args:
        rate: r, the share of channels that is DROPPED, from 0 to below 1.
        seed: a whole number from which k is drawn; None for one of Keras's choice.

    Raises:
        ValueError: `rate` is no share from 0 to below 1, or the input has no axis of space.

    Example:
        >>> y = SpatialDropout(0.5, seed=1)(np.ones((1, 2, 2, 8)), training=True).numpy()
        >>> bool(np.all(y == y[:, :1, :1]))  # each channel is dropped or kept as a whole
        True

    Source: J. Tompson, R. Goroshin, A. Jain, Y. LeCun, C. Bregler, Efficient Object Localization
    Using Convolutional Networks, 2015.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        _arguments.share("SpatialDropout", rate=rate)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape):
        _arguments.shape("SpatialDropout", input_shape, "(B, T, ..., C)")

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


EXAMPLES = {
    "of images": Example(
        {"rate": 0.5},
        (Input((3, 4, 5, 8), unknown=(1, 2)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.SpatialDropout2D(0.5),
        wrong=(("rate", 1.0), ("rate", -0.1)),
        any_rank=True,
        training=True,
        random=True,
    ),
    "of sequences": Example(
        {"rate": 0.25},
        (Input((3, 4, 8), unknown=(1,)),),
        lambda w, x: reference.dropout.dropout(x),
        keras=lambda: keras.layers.SpatialDropout1D(0.25),
        any_rank=True,
        training=True,
        random=True,
    ),
}
