"""HeNormal: normal numbers of variance 2 / fan_in."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Seeded, normal
from nablab.initializers.fans import fans


@keras.saving.register_keras_serializable(package="nablab")
class HeNormal(Seeded):
    """Normal numbers as large as layers with ReLU need.

    Maths:
        W ~ N(0, s²) cut off at ±2 s,   s = √(2 / fan_in) / 0.87962566103423978
        Var W = 2 / fan_in

        What is left of a normal distribution when more than two deviations are cut off has only
        0.8796… of its deviation; dividing by that number makes the variance right.
        A ReLU lets half of its inputs' mean square through, and the 2 makes up for it: the
        mean square stays what it was from layer to layer.

    Shapes:
        any kernel's: (k₁, …, C, F) or (n, m); `fans` says what fan_in is

    Args:
        seed: a whole number, to draw the same numbers at every call; None to draw new ones.

    Raises:
        ValueError: `seed` is no whole number, or the shape has fewer than two axes.

    Example:
        >>> W = HeNormal(seed=1)((100, 50))
        >>> s = (2 / 100) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification, 2015.
    """

    def __call__(self, shape, dtype=None):
        fan_in, _ = fans(shape)
        return normal(shape, 2 / fan_in, dtype, self.seed)
