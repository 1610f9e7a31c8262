"""MaxPool1D: the largest value in every window of a signal, channel by channel."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool1D(_windows.PoolLayer1D):
    """The largest value in every window of a signal, channel by channel.

    It keeps that something was found in a window and forgets where. The result is smaller, so that
    later layers see more of the signal at once, and a small shift changes little.

    Maths:
        Y[b, t, c] = max X[b, t·s + u, c]
        over 0 ≤ u < k

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. The padding is never the maximum. Nor is a step where a mask is False; a window
        of such steps gives 0.

    Shapes:
        x (B, T, C) -> (B, T', C)
        n' = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along each axis

    Args:
        pool_size: k, a positive integer or a tuple of one.
        strides: s, the step from window to window; `pool_size` if None.
        padding: "valid" (only windows inside the input) or "same".
        data_format: "channels_last", or "channels_first" for x (B, C, T).

    Raises:
        ValueError: an argument is not as described above, the input does not have three axes, no
            window fits, or the mask is not one of its steps.

    Example:
        >>> MaxPool1D(2)(np.array([[[1.0], [5.0], [3.0], [2.0]]])).numpy()[0, :, 0]
        array([5., 3.], dtype=float32)

    Equals `reference.pooling.maxpool_nd`. On ties the first entry gets the whole gradient.

    Source: R. Collobert, J. Weston, L. Bottou, M. Karlen, K. Kavukcuoglu, P. Kuksa, Natural
    Language Processing (Almost) from Scratch, 2011.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        name, strides = "MaxPool1D", pool_size if strides is None else strides
        self.pool_size = arguments.per_axis(name, 1, pool_size=pool_size)
        self.strides = arguments.per_axis(name, 1, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)

    @channels_last
    def call(self, x, mask=None):
        window = (self.pool_size, self.strides, self.padding)
        if mask is None:
            return ops.max_pool(x, *window, "channels_last")  # (B, T', C)
        m = _windows.expand_mask("MaxPool1D", mask, x)  # (B, T, 1)
        y = ops.max_pool(ops.where(m, x, -np.inf), *window, "channels_last")  # (B, T', C)
        counts = ops.max_pool(ops.cast(m, x.dtype), *window, "channels_last")  # (B, T', 1)
        return ops.where(counts > 0, y, 0)
