"""Dropout: sets a random fraction of its inputs to 0 in training."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class Dropout(keras.layers.Layer):
    """Drops a random fraction of its inputs in training and scales up the rest.

    Maths:
        y_i = x_i k_i / (1 - r) in training,   k_i = 1 with probability 1 - r, else 0
        y = x at inference

        The expectation of y is x, since E y_i = (1 - r) x_i / (1 - r), so nothing has to be done at
        inference ("inverted" dropout). Equals `reference.dropout.dropout` for the k that was drawn.

    Shapes:
        x (...) -> (...)

    Args:
        rate: r, the fraction that is DROPPED, at least 0 and below 1.
        seed: an integer from which k is drawn; None lets Keras choose one.

    Raises:
        ValueError: `rate` is not in [0, 1).

    Example:
        >>> y = Dropout(0.5, seed=1)(np.ones((1, 1000)), training=True).numpy()
        >>> [float(v) for v in np.unique(y)]
        [0.0, 2.0]

    Source: N. Srivastava, G. E. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, Dropout: A
    Simple Way to Prevent Neural Networks from Overfitting, 2014.
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        arguments.fraction("Dropout", rate=rate)
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, x, training=None):
        if not training or self.rate == 0:
            return x
        drawn = keras.random.uniform(ops.shape(x), dtype="float32", seed=self.seed_generator)
        return ops.where(drawn >= self.rate, x / (1 - self.rate), 0.0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
