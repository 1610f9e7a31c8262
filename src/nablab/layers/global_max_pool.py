"""GlobalMaxPool: the maximum of every channel over all positions."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class GlobalMaxPool(_windows.GlobalPoolLayer):
    """The largest value of every channel over all positions of a signal, an image or a volume.

    It turns an input of any size into one vector, so that a classifier needs no weights for
    positions. Each channel says whether its feature is anywhere, and how strongly.

    Maths:
        y[b, c] = max X[b, p, c]      p runs over all positions in the spatial axes

        With a mask of the first spatial axis, p runs over the positions where it is True; without
        any, y is 0.

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
        >>> GlobalMaxPool()(np.array([[[1.0, 4.0], [3.0, -8.0]]])).numpy()
        array([[3., 4.]], dtype=float32)

    Equals `reference.pooling.global_max`.

    Source: R. Collobert, J. Weston, L. Bottou, M. Karlen, K. Kavukcuoglu, P. Kuksa, Natural
    Language Processing (Almost) from Scratch, 2011.
    """

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.keepdims = arguments.true_or_false("GlobalMaxPool", keepdims=keepdims)

    @channels_last
    def call(self, x, mask=None):
        pooled = {"axis": tuple(range(1, len(x.shape) - 1)), "keepdims": self.keepdims}
        if mask is None:
            return ops.max(x, **pooled)  # (B, C)
        mask = ops.broadcast_to(_windows.expand_mask("GlobalMaxPool", mask, x), ops.shape(x))
        y = ops.max(ops.where(mask, x, -np.inf), **pooled)  # (B, C)
        return ops.where(ops.any(mask, **pooled), y, 0)
