"""HeUniform: uniform weights of variance 2 / fan_in."""

from __future__ import annotations

import keras

from nablab.initializers._draw import Scaled, uniform


@keras.saving.register_keras_serializable(package="nablab")
class HeUniform(Scaled):
    """Uniform weights on the scale that layers with ReLU need.

    Maths:
        W ~ U(-a, a),   a = √(3 · 2 / fan_in)
        Var W = a² / 3 = 2 / fan_in

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
        >>> W = HeUniform(seed=1)((100, 50))
        >>> bool(np.abs(W).max() <= (3 * 2 / 100) ** 0.5)
        True

    Source: K. He, X. Zhang, S. Ren, J. Sun, Delving Deep into Rectifiers: Surpassing Human-Level
    Performance on ImageNet Classification, 2015.
    """

    def __call__(self, shape, dtype=None):
        fan_in, _ = self.fans(shape)
        return uniform(shape, 2 / fan_in, dtype, self.seed)
