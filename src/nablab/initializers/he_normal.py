"""HeNormal: normal weights of variance 2 / fan_in."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Scaled, normal


@keras.saving.register_keras_serializable(package="nablab")
class HeNormal(Scaled):
    """Normal weights on the scale that layers with ReLU need.

    Maths:
        W ~ N(0, s²) truncated at ±2 s,   s = √(2 / fan_in) / 0.87962566103423978
        Var W = 2 / fan_in

        Truncation at two standard deviations reduces the standard deviation to 0.8796… of its
        value; dividing by that number makes the variance right.
        A ReLU passes half of the mean square of its inputs. The 2 makes up for it, so that the mean
        square is the same in every layer.

    Shapes:
        a kernel: (k₁, …, C, F) or (n, m), or a vector (n,); `fans` defines fan_in

    Args:
        seed: an integer, for the same numbers at every call; None for new ones; or a
            `keras.random.SeedGenerator`.
        input_axes, output_axes: the axes of the kernel that `fans` counts; by default its last two.

    Raises:
        ValueError: `seed` is none of these, or the shape lacks one of the axes.

    Example:
        >>> W = HeNormal(seed=1)((100, 50))
        >>> s = (2 / 100) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification, 2015.
    """

    def __call__(self, shape, dtype=None):
        fan_in, _ = self.fans(shape)
        return normal(shape, 2 / fan_in, dtype, self.seed)
