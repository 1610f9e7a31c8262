"""GlorotNormal: normal numbers of variance 2 / (fan_in + fan_out)."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Seeded, normal
from nablab.initializers.fans import fans


@keras.saving.register_keras_serializable(package="nablab")
class GlorotNormal(Seeded):
    """Normal numbers as large as layers with tanh or no activation need.

    Maths:
        W ~ N(0, s²) cut off at ±2 s,   s = √(2 / (fan_in + fan_out)) / 0.87962566103423978
        Var W = 2 / (fan_in + fan_out)

        What is left of a normal distribution when more than two deviations are cut off has only
        0.8796… of its deviation; dividing by that number makes the variance right.
        1 / fan_in keeps the variance of what goes forward, 1 / fan_out of the gradients that
        come back; this is between the two. For units that are nearly linear around 0, as tanh.

    Shapes:
        any kernel's: (k₁, …, C, F) or (n, m); `fans` says what fan_in and fan_out are

    Args:
        seed: a whole number, to draw the same numbers at every call; None to draw new ones.

    Raises:
        ValueError: `seed` is no whole number, or the shape has fewer than two axes.

    Example:
        >>> W = GlorotNormal(seed=1)((100, 50))
        >>> s = (2 / 150) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: X. Glorot, Y. Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010.
    """

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = fans(shape)
        return normal(shape, 2 / (fan_in + fan_out), dtype, self.seed)
