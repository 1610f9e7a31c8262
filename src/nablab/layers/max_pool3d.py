"""MaxPool3D: the largest value in every window of a volume, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool3D(_windows.PoolLayer):
    """The largest value in every window of a volume, channel by channel.

    It keeps that something was found in a window and forgets where. The result is smaller, so that
    later layers see more of the volume at once, and a small shift changes little.

    Maths:
        Y[b, d, i, j, c] = max X[b, d·sd + t, i·sh + u, j·sw + v, c]
        over 0 ≤ t < kd, 0 ≤ u < kh, 0 ≤ v < kw

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. The padding is never the maximum.

    Shapes:
        x (B, D, H, W, C) -> (B, D', H', W', C)
        n' = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along each axis

    Args:
        pool_size: (kd, kh, kw), or one integer for all axes.
        strides: (sd, sh, sw), the step from window to window; `pool_size` if None.
        padding: "valid" (only windows inside the input) or "same".
        data_format: "channels_last", or "channels_first" for x (B, C, D, H, W).

    Raises:
        ValueError: an argument is not as described above, the input does not have five axes, or no
            window fits.

    Example:
        >>> MaxPool3D(2)(np.arange(16.0).reshape(1, 2, 2, 4, 1)).numpy().ravel()
        array([13., 15.], dtype=float32)

    Equals `reference.pooling.maxpool_nd`, except for ties: on TensorFlow, in float32, each of
    several equal maxima of a volume gets the whole gradient; elsewhere only the first one does.

    Source: S. Ji, W. Xu, M. Yang, K. Yu, 3D Convolutional Neural Networks for Human Action
    Recognition, 2010.
    """

    AXES = "(B, D, H, W, C)"

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        name, strides = "MaxPool3D", pool_size if strides is None else strides
        self.pool_size = arguments.per_axis(name, 3, pool_size=pool_size)
        self.strides = arguments.per_axis(name, 3, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)

    @channels_last
    def call(self, x):
        window = (self.pool_size, self.strides, self.padding)
        if not _windows.pools_volumes(x):
            return _windows.pool_in_two_steps(_windows.max_pool, x, *window)
        return ops.max_pool(x, *window, "channels_last")  # (B, D', H', W', C)
