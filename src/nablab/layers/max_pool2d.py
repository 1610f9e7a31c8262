"""MaxPool2D: the largest value in every window of an image, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool2D(_windows.PoolLayer):
    """The largest value in every window of an image, channel by channel.

    It keeps that something was found in a window and forgets where. The result is smaller, so that
    later layers see more of the image at once, and a small shift changes little.

    Maths:
        Y[b, i, j, c] = max X[b, i·sh + u, j·sw + v, c]
        over 0 ≤ u < kh, 0 ≤ v < kw

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. The padding is never the maximum.

    Shapes:
        x (B, H, W, C) -> (B, H', W', C)
        n' = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along each axis

    Args:
        pool_size: (kh, kw), or one integer for both axes.
        strides: (sh, sw), the step from window to window; `pool_size` if None.
        padding: "valid" (only windows inside the input) or "same".
        data_format: "channels_last", or "channels_first" for x (B, C, H, W).

    Raises:
        ValueError: an argument is not as described above, the input does not have four axes, or no
            window fits.

    Example:
        >>> MaxPool2D(2)(np.arange(8.0).reshape(1, 2, 4, 1)).numpy()[0, :, :, 0]
        array([[5., 7.]], dtype=float32)

    Equals `reference.pooling.maxpool_nd`. On ties the first entry, row by row, gets the whole
    gradient.

    Source: K. Yamaguchi, K. Sakamoto, T. Akabane, Y. Fujimoto, A Neural Network for
    Speaker-Independent Isolated Word Recognition, 1990.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        name, strides = "MaxPool2D", pool_size if strides is None else strides
        self.pool_size = arguments.per_axis(name, 2, pool_size=pool_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)

    @channels_last
    def call(self, x):
        window = (self.pool_size, self.strides, self.padding)
        return ops.max_pool(x, *window, "channels_last")  # (B, H', W', C)
