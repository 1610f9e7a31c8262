"""SpatialDropout: whole channels are set to 0 in training."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class SpatialDropout(keras.layers.Layer):
    """Drops a random fraction of the channels of every example in training; scales up the rest.

    Neighbouring pixels are so similar that dropping single ones, as Dropout does, removes little
    information. So a channel is dropped as a whole.

    Maths:
        y[b, ..., c] = x[b, ..., c] k[b, c] / (1 - r) in training,
        k[b, c] = 1 with probability 1 - r, else 0
        y = x at inference

        Equals `reference.dropout.dropout` for the k that was drawn, with the shape (B, 1, ..., C),
        or (B, C, 1, ...) for channels first.

    Shapes:
        x (B, T, ..., C) -> (B, T, ..., C)

    Args:
        rate: r, the fraction of channels that is DROPPED, at least 0 and below 1.
        data_format: "channels_last" or "channels_first"; None for Keras's setting, which is
            "channels_last" unless you change it.
        seed: an integer from which k is drawn; None lets Keras choose one.

    Raises:
        ValueError: `rate` is not in [0, 1), `data_format` is neither of the two, `seed` is not an
            integer, or the input has no spatial axis.

    Example:
        >>> y = SpatialDropout(0.5, seed=1)(np.ones((1, 2, 2, 8)), training=True).numpy()
        >>> bool(np.all(y == y[:, :1, :1]))  # a channel is dropped or not as a whole
        True

    Source: J. Tompson, R. Goroshin, A. Jain, Y. LeCun, C. Bregler, Efficient Object Localization
    Using Convolutional Networks, 2015.
    """

    def __init__(self, rate, *, data_format=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = arguments.fraction("SpatialDropout", rate=rate)
        formats = ("channels_last", "channels_first")
        self.data_format = arguments.one_of(
            "SpatialDropout", formats, data_format=data_format or keras.config.image_data_format()
        )
        self.seed = arguments.seed("SpatialDropout", seed=seed)
        if self.rate > 0:
            self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, x, training=None):
        self.compute_output_shape(x.shape)  # refuses an input without spatial axes
        if not training or self.rate == 0:
            return x
        batch, *rest = ops.shape(x)
        channel = 0 if self.data_format == "channels_first" else len(rest) - 1
        shape = (batch, *(n if axis == channel else 1 for axis, n in enumerate(rest)))
        drawn = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
        scale = ops.where(drawn >= self.rate, 1 / (1 - self.rate), 0.0)  # (B, 1, ..., C)
        return x * ops.cast(scale, x.dtype)

    def compute_output_shape(self, input_shape):
        if len(input_shape) < 3:
            raise ValueError(
                f"SpatialDropout: the input has shape {tuple(input_shape)}; expected axes "
                "(B, T, ..., C)."
            )
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "data_format": self.data_format,
            "seed": self.seed,
        }
