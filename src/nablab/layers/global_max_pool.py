"""GlobalMaxPool: the maximum of every channel over all positions."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class GlobalMaxPool(keras.layers.Layer):
    """The largest value of every channel over all positions of a signal, an image or a volume.

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
        keepdims: whether to keep the pooled axes, with size 1.

    Raises:
        ValueError: `keepdims` is neither True nor False, or the input has fewer than three axes.

    Example:
        >>> GlobalMaxPool()(np.array([[[1.0, 4.0], [3.0, -8.0]]])).numpy()
        array([[3., 4.]], dtype=float32)

    Equals `reference.pooling.global_max`.

    Source: R. Collobert, J. Weston, L. Bottou, M. Karlen, K. Kavukcuoglu, P. Kuksa, Natural
    Language Processing (Almost) from Scratch, 2011.
    """

    def __init__(self, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        arguments.one_of("GlobalMaxPool", (True, False), keepdims=keepdims)
        self.keepdims = keepdims
        self.supports_masking = True

    def build(self, input_shape):
        arguments.shape("GlobalMaxPool", input_shape, "(B, n, ..., C)")

    def call(self, x, mask=None):
        pooled = {"axis": tuple(range(1, len(x.shape) - 1)), "keepdims": self.keepdims}
        if mask is None:
            return ops.max(x, **pooled)  # (B, C)
        mask = ops.broadcast_to(_windows.expand_mask(mask, x), ops.shape(x))
        y = ops.max(ops.where(mask, x, -np.inf), **pooled)  # (B, C)
        return ops.where(ops.any(mask, **pooled), y, 0)

    def compute_mask(self, x, mask=None):
        return None  # the masked axis is gone

    def compute_output_shape(self, input_shape):
        spatial = (1,) * (len(input_shape) - 2) if self.keepdims else ()
        return (input_shape[0], *spatial, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "keepdims": self.keepdims}
