"""GlobalMaxPool: one maximum for every channel, over all places."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _windows
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class GlobalMaxPool(keras.layers.Layer):
    """The largest value of every channel over all places of a signal, an image or a volume.

    Maths:
        y[b, c] = max X[b, p, c]      p runs over all places between batch and channels

        With a mask of the first of these axes: over the places that it keeps; 0 if it keeps none.

    Shapes:
        x (B, ..., C) -> (B, C)
        x (B, T, C) -> (B, 1, C) with `keepdims`
        x (B, H, W, C) -> (B, 1, 1, C) with `keepdims`
        x (B, D, H, W, C) -> (B, 1, 1, 1, C) with `keepdims`

    Args:
        keepdims: keeps the axes that were pooled, with size 1.

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
        _arguments.one_of("GlobalMaxPool", (True, False), keepdims=keepdims)
        self.keepdims = keepdims
        self.supports_masking = True

    def build(self, input_shape):
        _arguments.shape("GlobalMaxPool", input_shape, "(B, n, ..., C)")

    def call(self, x, mask=None):
        places = tuple(range(1, len(x.shape) - 1))
        if mask is None:
            return ops.max(x, axis=places, keepdims=self.keepdims)  # (B, C)
        kept = ops.broadcast_to(_windows.mask_along(mask, x), ops.shape(x))
        largest = ops.max(
            ops.where(kept, x, -np.inf), axis=places, keepdims=self.keepdims
        )  # (B, C)
        return ops.where(ops.any(kept, axis=places, keepdims=self.keepdims), largest, 0)

    def compute_mask(self, x, mask=None):
        return None  # no place is left that a mask could speak of

    def compute_output_shape(self, input_shape):
        between = (1,) * (len(input_shape) - 2) if self.keepdims else ()
        return (input_shape[0], *between, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "keepdims": self.keepdims}


EXAMPLES = {
    "of images": Example(
        {},
        (Input((3, 4, 5, 2), unknown=(1, 2)),),
        lambda w, x: reference.pooling.global_max(x),
        keras=lambda: keras.layers.GlobalMaxPooling2D(),
        wrong=(("keepdims", "yes"),),
        any_rank=True,
    ),
    "of sequences": Example(
        {},
        (Input((3, 5, 2), unknown=(1,)),),
        lambda w, x: reference.pooling.global_max(x),
        keras=lambda: keras.layers.GlobalMaxPooling1D(),
        mask="time",
        any_rank=True,
    ),
    "of volumes, keeping the axes": Example(
        {"keepdims": True},
        (Input((2, 3, 4, 2, 3)),),
        lambda w, x: reference.pooling.global_max(x, keepdims=True),
        keras=lambda: keras.layers.GlobalMaxPooling3D(keepdims=True),
        any_rank=True,
    ),
}
