"""Orthogonal: a kernel that rotates and reflects, but does not stretch."""

from __future__ import annotations

import math

import keras
from keras import ops

from nablab._components import arguments
from nablab.initializers._draw import Seeded


@keras.saving.register_keras_serializable(package="nablab")
class Orthogonal(Seeded):
    """A random matrix with orthonormal columns, or rows if there are fewer of them.

    A random matrix stretches some directions and shrinks others, and the same one many times over,
    as in a recurrent network, makes them explode or vanish. An orthogonal one only turns them.

    Maths:
        WᵀW = g² I if W has at least as many rows as columns, else W Wᵀ = g² I
        W = g Q diag(sign R_ii) from the QR decomposition A = Q R of a random normal matrix A

        All singular values are g: with g = 1 no direction grows or vanishes in a stack of such
        layers. The signs make every orthogonal matrix equally likely, whatever the convention of
        the decomposition.

    Shapes:
        (n, m), or a kernel (k₁, …, C, F) as the matrix (k₁ … C, F)

    Args:
        gain: g.
        seed: an integer, for the same numbers at every call; None for new ones; or a
            `keras.random.SeedGenerator`.

    Raises:
        ValueError: `gain` is not positive, `seed` is none of these, or the shape has fewer than two
            axes.

    Example:
        >>> W = np.array(Orthogonal(seed=1)((3, 2)))
        >>> np.allclose(W.T @ W, np.eye(2), atol=1e-6)
        True

    Source: A. M. Saxe, J. L. McClelland, S. Ganguli, Exact Solutions to the Nonlinear Dynamics of
    Learning in Deep Linear Neural Networks, 2014.
    """

    def __init__(self, gain=1.0, seed=None):
        super().__init__(seed)
        self.gain = arguments.positive("Orthogonal", gain=gain)

    def __call__(self, shape, dtype=None):
        if len(shape) < 2:
            raise ValueError(
                f"Orthogonal: shape is {tuple(shape)}; expected at least two axes, those of a "
                "kernel; use another initializer for a vector."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        dtype = keras.backend.standardize_dtype(dtype)
        exact = "float64" if dtype == "float64" else "float32"  # no QR in half precision
        tall = (max(rows, columns), min(rows, columns))
        Q, R = ops.qr(keras.random.normal(tall, dtype=exact, seed=self.seed))
        W = Q * ops.sign(ops.diagonal(R))  # tall, its columns orthonormal
        W = W if rows >= columns else ops.transpose(W)  # (rows, columns)
        return ops.cast(self.gain * ops.reshape(W, shape), dtype)

    def get_config(self):
        return {"gain": self.gain, **super().get_config()}
