"""Dropout: sets a random fraction of its inputs to 0 in training."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Dropout(keras.layers.Layer):
    """Drops a random fraction of its inputs in training and scales up the rest.

    No unit can rely on another one being there, so they learn features that are of use on their
    own. It works against overfitting, like the mean of many networks that share their weights.

    Maths:
        y_i = x_i k_i / (1 - r) in training,   k_i = 1 with probability 1 - r, else 0
        y = x at inference

        With a noise shape, k has that shape and is broadcast to x.

        The expectation of y is x, since E y_i = (1 - r) x_i / (1 - r), so nothing has to be done at
        inference ("inverted" dropout). Equals `reference.dropout.dropout` for the k that was drawn.

    Shapes:
        x (...) -> (...)

    Args:
        rate: r, the fraction that is DROPPED, at least 0 and below 1.
        noise_shape: the shape of k: the sizes of x, 1 along an axis whose entries are dropped
            together, and None for a size of x. Without it, every entry is drawn separately.
        seed: an integer from which k is drawn; None lets Keras choose one.

    Raises:
        ValueError: `rate` is not in [0, 1), `noise_shape` is not a tuple of positive integers and
            None, or `seed` is not an integer.

    Example:
        >>> y = Dropout(0.5, seed=1)(np.ones((1, 1000)), training=True).numpy()
        >>> [float(v) for v in np.unique(y)]
        [0.0, 2.0]

    Source: N. Srivastava, G. E. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, Dropout: A
    Simple Way to Prevent Neural Networks from Overfitting, 2014.
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.rate = arguments.fraction("Dropout", rate=rate)
        self.noise_shape = _sizes(noise_shape)
        self.seed = arguments.seed("Dropout", seed=seed)
        if self.rate > 0:
            self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.supports_masking = True
        self._build_at_init()

    def call(self, x, training=None):
        if not training or self.rate == 0:
            return x
        shape = ops.shape(x)
        if self.noise_shape is not None:
            if len(self.noise_shape) != len(shape):
                raise ValueError(
                    f"Dropout: noise_shape is {self.noise_shape} and the input has shape "
                    f"{tuple(x.shape)}; expected a size, or None, for each axis of the input."
                )
            sizes = zip(self.noise_shape, shape, strict=True)
            shape = [n if size is None else size for size, n in sizes]
        drawn = keras.random.uniform(shape, dtype="float32", seed=self.seed_generator)
        return ops.where(drawn >= self.rate, x / (1 - self.rate), 0.0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "rate": self.rate,
            "noise_shape": self.noise_shape,
            "seed": self.seed,
        }


def _sizes(noise_shape):
    """A noise shape as a tuple of positive integers and None."""
    if noise_shape is None:
        return None
    try:
        sizes = [size for size in noise_shape if size is not None]
        if sizes:
            arguments.positive_int("Dropout", **{f"size {i}": n for i, n in enumerate(sizes)})
        return tuple(None if size is None else int(size) for size in noise_shape)
    except (TypeError, ValueError):
        raise ValueError(
            f"Dropout: noise_shape is {noise_shape!r}; expected a tuple of positive integers, with "
            "None for a size of the input."
        ) from None
