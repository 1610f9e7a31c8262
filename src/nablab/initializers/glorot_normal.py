"""GlorotNormal: normal weights of variance 2 / (fan_in + fan_out)."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Scaled, normal


@keras.saving.register_keras_serializable(package="nablab")
class GlorotNormal(Scaled):
    """Normal weights on the scale that layers with tanh or no activation need.

    Maths:
        W ~ N(0, s²) truncated at ±2 s,   s = √(2 / (fan_in + fan_out)) / 0.87962566103423978
        Var W = 2 / (fan_in + fan_out)

        Truncation at two standard deviations reduces the standard deviation to 0.8796… of its
        value; dividing by that number makes the variance right.
        1 / fan_in preserves the variance of the activations and 1 / fan_out that of the gradients;
        this is in between. It suits units that are nearly linear around 0, such as tanh.

    Shapes:
        a kernel: (k₁, …, C, F) or (n, m), or a vector (n,); `fans` defines fan_in and fan_out

    Args:
        seed: an integer, for the same numbers at every call; None for new ones; or a
            `keras.random.SeedGenerator`.
        input_axes, output_axes: the axes of the kernel that `fans` counts; by default its last two.

    Raises:
        ValueError: `seed` is none of these, or the shape lacks one of the axes.

    Example:
        >>> W = GlorotNormal(seed=1)((100, 50))
        >>> s = (2 / 150) ** 0.5 / 0.87962566103423978
        >>> bool(np.abs(W).max() <= 2 * s)
        True

    Source: X. Glorot, Y. Bengio, Understanding the Difficulty of Training Deep Feedforward Neural
    Networks, 2010.
    """

    def __call__(self, shape, dtype=None):
        fan_in, fan_out = self.fans(shape)
        return normal(shape, 2 / (fan_in + fan_out), dtype, self.seed)
