"""Softmax: probabilities in proportion to eˣ."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab.layers._precision import at_least_float32


@keras.saving.register_keras_serializable(package="nablab")
class Softmax(keras.layers.Layer):
    """Probabilities that sum to 1, in proportion to eˣ, where an optional mask is True.

    Maths:
        y_i = exp(x_i - m) / Σ_j exp(x_j - m),   m = max_j x_j

        With a mask, j runs over the entries where it is True. The others get 0, and so does every
        entry of a row that is masked entirely. Equals `reference.activation.softmax`.

    Shapes:
        x (...) -> (...)
        x (...), attend_mask (...) -> (...)

    Args:
        axis: the axis along which the probabilities sum to 1.
        attend_mask: argument of `call`: broadcasts to x; False excludes an entry.

    Raises:
        ValueError: `axis` is not an integer.

    Example:
        >>> attend_mask = np.array([[True, True, False], [False, False, False]])
        >>> Softmax()(np.array([[0.0, 0.0, 9.0], [1.0, 2.0, 3.0]]), attend_mask).numpy()
        array([[0.5, 0.5, 0. ],
               [0. , 0. , 0. ]], dtype=float32)

    Source: J. S. Bridle, Probabilistic Interpretation of Feedforward Classification Network
    Outputs, with Relationships to Statistical Pattern Recognition, 1990.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axis, int) or isinstance(axis, bool):
            raise ValueError(f"Softmax: axis is {axis!r}; expected an integer.")
        self.axis = axis
        self.supports_masking = True

    def call(self, x, attend_mask=None):
        x = at_least_float32(x)
        if attend_mask is None:
            return ops.cast(ops.softmax(x, axis=self.axis), self.compute_dtype)
        attend_mask = ops.cast(attend_mask, "bool")
        lowest = np.finfo(keras.backend.standardize_dtype(x.dtype)).min  # -∞ - -∞ would be NaN
        y = ops.softmax(ops.where(attend_mask, x, lowest), axis=self.axis)
        return ops.cast(ops.where(attend_mask, y, 0.0), self.compute_dtype)

    def compute_output_shape(self, x_shape, attend_mask_shape=None):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}
