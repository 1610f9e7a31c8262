"""Orthogonal: a kernel that turns and mirrors, and stretches nothing."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab.initializers._draw import Seeded


@keras.saving.register_keras_serializable(package="nablab")
class Orthogonal(Seeded):
    """A random matrix whose columns, or rows if there are fewer of them, are orthonormal.

    Maths:
        WᵀW = g² I where W is at least as high as wide, else W Wᵀ = g² I
        W = g Q diag(sign R_ii) from the decomposition A = Q R of a normal random A

        All singular values are g: no direction grows or dies, however many such layers follow one
        another. The signs make every orthogonal matrix equally likely, whatever convention the
        decomposition has.

    Shapes:
        (n, m), or a kernel (k₁, …, C, F) taken as the matrix (k₁ … C, F)

    Args:
        gain: g.
        seed: a whole number, to draw the same numbers at every call; None to draw new ones.

    Raises:
        ValueError: `gain` is not above 0, `seed` is no whole number, or the shape has fewer than
            two axes.

    Example:
        >>> W = np.array(Orthogonal(seed=1)((3, 2)))
        >>> np.allclose(W.T @ W, np.eye(2), atol=1e-6)
        True

    Source: A. M. Saxe, J. L. McClelland, S. Ganguli, Exact Solutions to the Nonlinear Dynamics of
    Learning in Deep Linear Neural Networks, 2014.
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        if not isinstance(gain, int | float) or isinstance(gain, bool) or not gain > 0:
            raise ValueError(f"Orthogonal: gain is {gain!r}; give a number above 0.")
        self.gain = gain

    def __call__(self, shape, dtype=None):
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: shape is {tuple(shape)}; give a kernel's, of two axes or more."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        dtype = keras.backend.standardize_dtype(dtype)
        exact = "float64" if dtype == "float64" else "float32"  # no decomposition in half precision
        tall = (max(rows, columns), min(rows, columns))
        Q, R = ops.qr(keras.random.normal(tall, dtype=exact, seed=self.seed))
        W = Q * ops.sign(ops.diagonal(R))  # tall, its columns orthonormal
        W = W if rows >= columns else ops.transpose(W)  # (rows, columns)
        return ops.cast(self.gain * ops.reshape(W, shape), dtype)

    def get_config(self):
        return {"gain": self.gain, **super().get_config()}
