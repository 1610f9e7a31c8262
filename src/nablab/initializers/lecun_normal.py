"""LeCunNormal: normal numbers of variance 1 / fan_in."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Seeded, normal
from nablab.initializers.fans import fans


@keras.saving.register_keras_serializable(package="nablab")
class LeCunNormal(Seeded):
    """Normal numbers that keep the size of what goes forward, and no more.

    Maths:
        W ~ N(0, s²) cut off at ±2 s,   s = √(1 / fan_in) / 0.87962566103423978
        Var W = 1 / fan_in

        What is left of a normal distribution when more than two deviations are cut off has only
        0.8796… of its deviation; dividing by that number makes the variance right.
        A sum of fan_in such products has the variance of one input: what goes forward stays
        as large as it was, for units that are nearly linear around 0.

    Shapes:
        any kernel's: (k₁, …, C, F) or (n, m); `fans` says what fan_in is

    Args:
        seed: a whole number, to draw the same numbers at every call; None to draw new ones.

    Raises:
        ValueError: `seed` is no whole number, or the shape has fewer than two axes.

    Example:
        >>> W = LeCunNormal(seed=1)((100, 50))
        >>> s = (1 / 100) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, Efficient BackProp, 1998.
    """

    def __call__(self, shape, dtype=None):
        fan_in, _ = fans(shape)
        return normal(shape, 1 / fan_in, dtype, self.seed)
