"""SinusoidalPositions: adds a vector of sines and cosines for each position."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _positions


@keras.saving.register_keras_serializable(package="nablab")
class SinusoidalPositions(keras.layers.Layer):
    """A fixed vector for every position, of sines and cosines from fast to slow.

    Attention has no order of its own: permuted inputs give permuted outputs. A vector that is added
    to each step says where it is, in sequences of any length, without weights. The product
    P[s] · P[t] depends on the distance s - t only, and P[t + k] is a linear map of P[t], the same
    for every t. Equals `reference.positions.sinusoidal_positions`.

    Maths:
        θ[t, i] = (start + t) / base^(2i / n),   t = 0 ... T - 1,   i = 0 ... n/2 - 1
        P[t, 2i] = sin θ[t, i],   P[t, 2i + 1] = cos θ[t, i]
        y = x + P   with add,   otherwise y = P

        Sines and cosines alternate: channel 0 is the fastest sine and channel 1 its cosine. Some
        texts put all sines before all cosines. x is not scaled.

    Shapes:
        x (B, T, n) -> (B, T, n), n even

    Args:
        base: sets the range of frequencies, from 1 down to almost 1 / base.
        add: whether to add P to x; otherwise P itself is returned for every example.
        start: argument of `call`: the position of the first step.

    Raises:
        ValueError: `base` is below 1, or the input does not have three axes or an even number of
            channels.

    Example:
        >>> P = SinusoidalPositions(add=False)(np.zeros((1, 3, 2)))
        >>> np.array(P).round(2)
        array([[[ 0.  ,  1.  ],
                [ 0.84,  0.54],
                [ 0.91, -0.42]]], dtype=float32)

    Source: A. Vaswani et al., Attention Is All You Need, 2017.
    """

    def __init__(self, base=10000.0, *, add=True, **kwargs):
        super().__init__(**kwargs)
        self.base = arguments.at_least("SinusoidalPositions", 1, base=base)
        self.add = arguments.true_or_false("SinusoidalPositions", add=add)
        self.supports_masking = True

    def build(self, x_shape):
        arguments.shape("SinusoidalPositions", x_shape, "(B, T, n)")
        _positions.check_even_channels("SinusoidalPositions", x_shape)

    def call(self, x, start=0):
        theta = _positions.angles(x, self.base, start, self.compute_dtype)  # (T, n/2)
        pairs = ops.stack([ops.sin(theta), ops.cos(theta)], axis=-1)  # (T, n/2, 2)
        P = ops.reshape(pairs, (-1, x.shape[-1]))  # (T, n)
        P = ops.cast(P, self.compute_dtype)
        return x + P if self.add else ops.broadcast_to(P, ops.shape(x))

    def compute_output_shape(self, x_shape):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "base": self.base, "add": self.add}
