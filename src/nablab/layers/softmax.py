"""Softmax: probabilities in proportion to eˣ."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class Softmax(keras.layers.Layer):
    """Probabilities that sum to 1, in proportion to eˣ, where an optional mask is True.

    It turns any numbers into a distribution: those of the classes at the end of a classifier, or
    those of the places that attention reads. Adding the same number to all of them changes nothing.

    Maths:
        y_i = exp(x_i - m) / Σ_j exp(x_j - m),   m = max_j x_j

        With a mask, j runs over the entries where it is True. The others get 0, and so does every
        entry of a row that is masked entirely. Equals `reference.activation.softmax`.

    Shapes:
        x (...) -> (...)
        x (...), mask (...) -> (...)

    Args:
        axis: the axis along which the probabilities sum to 1, or a tuple of axes.
        mask: argument of `call`: broadcasts to x; False excludes an entry. A mask (B, T) of steps,
            as Embedding makes it, excludes no entry of x (B, T, ...) and is handed on.

    Raises:
        ValueError: `axis` is not an integer or a tuple of integers; the mask does not broadcast to
            the input.

    Example:
        >>> mask = np.array([[True, True, False], [False, False, False]])
        >>> Softmax()(np.array([[0.0, 0.0, 9.0], [1.0, 2.0, 3.0]]), mask).numpy()
        array([[0.5, 0.5, 0. ],
               [0. , 0. , 0. ]], dtype=float32)

    Source: J. S. Bridle, Probabilistic Interpretation of Feedforward Classification Network
    Outputs, with Relationships to Statistical Pattern Recognition, 1990.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        axes = axis if isinstance(axis, tuple | list) else (axis,)
        integers = [a for a in axes if isinstance(a, int | np.integer) and not isinstance(a, bool)]
        if not axes or len(integers) < len(axes):
            raise ValueError(
                f"Softmax: axis is {axis!r}; expected an integer or a tuple of integers."
            )
        self.axis = tuple(map(int, axes)) if isinstance(axis, tuple | list) else int(axis)
        self.supports_masking = True
        self._build_at_init()

    def call(self, x, mask=None):
        x = at_least_float32(x)
        if mask is None or _of_steps(mask, x):
            return ops.cast(self._softmax(x), self.compute_dtype)
        if not _broadcasts(mask, x):
            raise ValueError(
                f"Softmax: the mask has shape {tuple(mask.shape)}, which is not broadcastable to "
                f"the input {tuple(x.shape)}; it must not have more dimensions, and each must be 1 "
                "or that of the input."
            )
        mask = ops.cast(mask, "bool")
        lowest = np.finfo(keras.backend.standardize_dtype(x.dtype)).min  # -∞ - -∞ would be NaN
        y = self._softmax(ops.where(mask, x, lowest))
        return ops.cast(ops.where(mask, y, 0.0), self.compute_dtype)

    def _softmax(self, x):
        if isinstance(self.axis, int):
            return ops.softmax(x, axis=self.axis)
        e = ops.exp(x - ops.max(x, axis=self.axis, keepdims=True))
        return e / ops.sum(e, axis=self.axis, keepdims=True)

    def compute_output_shape(self, x_shape, mask_shape=None):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


def _of_steps(mask, x):
    """Whether it is a mask (B, T) of the first axes of x (B, T, ...)."""
    rank = len(mask.shape)
    return 2 <= rank < len(x.shape) and tuple(mask.shape) == tuple(x.shape[:rank])


def _broadcasts(mask, x):
    sizes = zip(reversed(mask.shape), reversed(x.shape), strict=False)
    fits = all(m is None or n is None or m in (1, n) for m, n in sizes)
    return fits and len(mask.shape) <= len(x.shape)
