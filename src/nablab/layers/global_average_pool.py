"""GlobalAveragePool: the mean of every channel over all positions."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class GlobalAveragePool(keras.layers.Layer):
    """The mean of every channel over all positions of a signal, an image or a volume.

    Maths:
        y[b, c] = Σ_p X[b, p, c] / N      p runs over all N positions in the spatial axes

        With a mask m of the first spatial axis: y[b, c] = Σ_p m[b, p] X[b, p, c] / Σ_p m[b, p]

    Shapes:
        x (B, ..., C) -> (B, C)
        x (B, T, C) -> (B, 1, C) with `keepdims`
        x (B, H, W, C) -> (B, 1, 1, C) with `keepdims`
        x (B, D, H, W, C) -> (B, 1, 1, 1, C) with `keepdims`

    Args:
        keepdims: whether to keep the pooled axes, with size 1.

    Raises:
        ValueError: `keepdims` is neither True nor False, or the input has fewer than three axes.

    Example:
        >>> GlobalAveragePool()(np.array([[[1.0, 4.0], [3.0, 8.0]]])).numpy()
        array([[2., 6.]], dtype=float32)

    Equals `reference.pooling.global_average`.

    Source: M. Lin, Q. Chen, S. Yan, Network In Network, 2013.
    """

    def __init__(self, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        arguments.one_of("GlobalAveragePool", (True, False), keepdims=keepdims)
        self.keepdims = keepdims
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("GlobalAveragePool", input_shape, "(B, n, ..., C)")

    def call(self, x, mask=None):
        spatial = tuple(range(1, len(x.shape) - 1))
        if mask is None:
            return ops.mean(x, axis=spatial, keepdims=self.keepdims)  # (B, C)
        m = ops.cast(_windows.expand_mask(mask, x), x.dtype)  # (B, n₁, 1, …, 1)
        m = ops.broadcast_to(m, (*ops.shape(x)[:-1], 1))
        total = ops.sum(x * m, axis=spatial, keepdims=self.keepdims)  # (B, C)
        count = ops.sum(m, axis=spatial, keepdims=self.keepdims)  # (B, 1)
        return total / ops.maximum(count, 1)

    def compute_mask(self, x, mask=None):
        return None  # the masked axis is gone

    def compute_output_shape(self, input_shape):
        spatial = (1,) * (len(input_shape) - 2) if self.keepdims else ()
        return (input_shape[0], *spatial, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "keepdims": self.keepdims}
