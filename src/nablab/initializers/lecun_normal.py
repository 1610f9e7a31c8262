"""LeCunNormal: normal weights of variance 1 / fan_in."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Scaled, normal


@keras.saving.register_keras_serializable(package="nablab")
class LeCunNormal(Scaled):
    """Normal weights that preserve the variance of the activations.

    Maths:
        W ~ N(0, s²) truncated at ±2 s,   s = √(1 / fan_in) / 0.87962566103423978
        Var W = 1 / fan_in

        Truncation at two standard deviations reduces the standard deviation to 0.8796… of its
        value; dividing by that number makes the variance right.
        A sum of fan_in such products has the variance of one input. So the activations keep their
        scale, for units that are nearly linear around 0.

    Shapes:
        a kernel: (k₁, …, C, F) or (n, m), or a vector (n,); `fans` defines fan_in

    Args:
        seed: an integer, for the same numbers at every call; None for new ones; or a
            `keras.random.SeedGenerator`.
        input_axes, output_axes: the axes of the kernel that `fans` counts; by default its last two.

    Raises:
        ValueError: `seed` is none of these, or the shape lacks one of the axes.

    Example:
        >>> W = LeCunNormal(seed=1)((100, 50))
        >>> s = (1 / 100) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, Efficient BackProp, 1998.
    """

    def __call__(self, shape, dtype=None):
        fan_in, _ = self.fans(shape)
        return normal(shape, 1 / fan_in, dtype, self.seed)
