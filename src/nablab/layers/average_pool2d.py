"""AveragePool2D: the mean of every window of an image, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class AveragePool2D(_windows.PoolLayer):
    """The mean of every window of an image, channel by channel.

    It makes a image smaller and keeps what its windows hold on average, so that later layers see
    more of it at once and depend less on where exactly something is.

    Maths:
        Y[b, i, j, c] = Σ X[b, i·sh + u, j·sw + v, c] / (kh · kw)
        over 0 ≤ u < kh, 0 ≤ v < kw

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. Only what lies in the input is summed and counted.

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
        >>> AveragePool2D(2)(np.arange(8.0).reshape(1, 2, 4, 1)).numpy()[0, :, :, 0]
        array([[2.5, 4.5]], dtype=float32)

    Equals `reference.pooling.averagepool_nd`.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        name, strides = "AveragePool2D", pool_size if strides is None else strides
        self.pool_size = arguments.per_axis(name, 2, pool_size=pool_size)
        self.strides = arguments.per_axis(name, 2, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)

    @channels_last
    def call(self, x):
        window = (self.pool_size, self.strides, self.padding)
        if _windows.counts_padding(self.padding):
            return _windows.average_inside(x, *window)
        return ops.average_pool(x, *window, "channels_last")  # (B, H', W', C)
