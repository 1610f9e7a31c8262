"""GlobalAveragePool: the mean of every channel over all positions."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last
from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class GlobalAveragePool(_windows.GlobalPoolLayer):
    """The mean of every channel over all positions of a signal, an image or a volume.

    It turns an input of any size into one vector, so that a classifier needs no weights for
    positions. Each channel says how much of its feature there is altogether.

    Maths:
        y[b, c] = Σ_p X[b, p, c] / N      p runs over all N positions in the spatial axes

        With a mask m of the first spatial axis: y[b, c] = Σ_p m[b, p] X[b, p, c] / Σ_p m[b, p]

    Shapes:
        x (B, ..., C) -> (B, C)
        x (B, T, C) -> (B, 1, C) with `keepdims`
        x (B, H, W, C) -> (B, 1, 1, C) with `keepdims`
        x (B, D, H, W, C) -> (B, 1, 1, 1, C) with `keepdims`

    Args:
        data_format: "channels_last", or "channels_first" for x (B, C, ...).
        keepdims: whether to keep the pooled axes, with size 1.

    Raises:
        ValueError: `keepdims` is neither True nor False, the input has fewer than three axes, or
            the mask is not one of the batch and the first spatial axis.

    Example:
        >>> GlobalAveragePool()(np.array([[[1.0, 4.0], [3.0, 8.0]]])).numpy()
        array([[2., 6.]], dtype=float32)

    Equals `reference.pooling.global_average`.

    Source: M. Lin, Q. Chen, S. Yan, Network In Network, 2013.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.keepdims = arguments.true_or_false("GlobalAveragePool", keepdims=keepdims)

    @channels_last
    def call(self, x, mask=None):
        spatial = tuple(range(1, len(x.shape) - 1))
        if mask is None:
            return ops.mean(x, axis=spatial, keepdims=self.keepdims)  # (B, C)
        m = _windows.expand_mask("GlobalAveragePool", mask, x)  # (B, n₁, 1, …, 1)
        m = ops.broadcast_to(m, (*ops.shape(x)[:-1], 1))
        X = at_least_float32(x)
        total = ops.sum(ops.where(m, X, 0), axis=spatial, keepdims=self.keepdims)  # (B, C)
        N = ops.sum(ops.cast(m, X.dtype), axis=spatial, keepdims=self.keepdims)  # (B, 1)
        return ops.cast(total / ops.maximum(N, 1), x.dtype)
