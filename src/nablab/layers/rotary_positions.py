"""RotaryPositions: rotates the channels of a step by its position."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _positions


@keras.saving.register_keras_serializable(package="nablab")
class RotaryPositions(keras.layers.Layer):
    """Rotates every pair of channels by an angle that grows with the position.

    Attention has no order of its own. Rotated queries and keys give it one, and what it sees is how
    far apart two steps are, not where in the sequence they stand: the product of a query rotated at
    s and a key rotated at t depends on the distance s - t only. Lengths do not change. Equals
    `reference.positions.rotary_positions`.

    Maths:
        θ = (start + t) / base^(2i / n),   t = 0 ... T - 1,   i = 0 ... n/2 - 1
        y[t, 2i]     = x[t, 2i] cos θ - x[t, 2i + 1] sin θ
        y[t, 2i + 1] = x[t, 2i] sin θ + x[t, 2i + 1] cos θ

        A pair is two neighbouring channels, 2i and 2i + 1, as in the paper. Some implementations
        pair i with i + n/2, which gives other results for the same weights.

    Shapes:
        x (B, T, n) -> (B, T, n), n even
        x (B, T, heads, n) -> (B, T, heads, n): the same for every head

    Args:
        base: sets the range of frequencies, from 1 down to almost 1 / base.
        start: argument of `call`: the position of the first step.

    Raises:
        ValueError: `base` is below 1, or the input does not have three or four axes or an even
            number of channels.

    Example:
        >>> y = RotaryPositions()(np.array([[[1.0, 0.0], [1.0, 0.0]]]))
        >>> np.array(y).round(2)
        array([[[1.  , 0.  ],
                [0.54, 0.84]]], dtype=float32)

    Source: J. Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    """

    def __init__(self, base=10000.0, **kwargs):
        super().__init__(**kwargs)
        self.base = arguments.at_least("RotaryPositions", 1, base=base)
        self.supports_masking = True

    def build(self, x_shape):
        axes = "(B, T, n)" if len(x_shape) < 4 else "(B, T, heads, n)"
        arguments.shape("RotaryPositions", x_shape, axes)
        _positions.check_even_channels("RotaryPositions", x_shape)

    def call(self, x, start=0):
        theta = _positions.angles(x, self.base, start, self.compute_dtype)  # (T, n/2)
        if len(x.shape) == 4:
            theta = theta[:, None, :]  # (T, 1, n/2): the same for every head
        cos, sin = (ops.cast(f(theta), self.compute_dtype) for f in (ops.cos, ops.sin))
        a, b = x[..., 0::2], x[..., 1::2]  # two of (B, T, ..., n/2)
        y = ops.stack([a * cos - b * sin, a * sin + b * cos], axis=-1)  # (B, T, ..., n/2, 2)
        return ops.reshape(y, ops.shape(x))  # (B, T, ..., n)

    def compute_output_shape(self, x_shape):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "base": self.base}
