"""AveragePool1D: the mean of every window of a signal, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import channels_last


@keras.saving.register_keras_serializable(package="nablab")
class AveragePool1D(_windows.PoolLayer1D):
    """The mean of every window of a signal, channel by channel.

    It makes a signal smaller and keeps what its windows hold on average, so that later layers see
    more of it at once and depend less on where exactly something is.

    Maths:
        Y[b, t, c] = Σ X[b, t·s + u, c] / k
        over 0 ≤ u < k

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. Only what lies in the input is summed and counted, and with a mask only the steps
        where it is True.

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
        >>> AveragePool1D(2)(np.array([[[1.0], [5.0], [3.0], [2.0]]])).numpy()[0, :, 0]
        array([3. , 2.5], dtype=float32)

    Equals `reference.pooling.averagepool_nd`.

    Source: A. Waibel, T. Hanazawa, G. Hinton, K. Shikano, K. Lang, Phoneme Recognition Using
    Time-Delay Neural Networks, 1989.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        name, strides = "AveragePool1D", pool_size if strides is None else strides
        self.pool_size = arguments.per_axis(name, 1, pool_size=pool_size)
        self.strides = arguments.per_axis(name, 1, strides=strides)
        self.padding = arguments.one_of(name, ("valid", "same"), padding=padding)

    @channels_last
    def call(self, x, mask=None):
        window = (self.pool_size, self.strides, self.padding)
        if mask is not None:
            m = _windows.expand_mask("AveragePool1D", mask, x)  # (B, T, 1)
            means = _windows.average_inside(ops.where(m, x, 0), *window)
            counts = _windows.average_inside(ops.cast(m, x.dtype), *window)  # as a part of k
            return means / ops.maximum(counts, 1 / self.pool_size[0])  # (B, T', C)
        if _windows.counts_padding(self.padding):
            return _windows.average_inside(x, *window)
        return ops.average_pool(x, *window, "channels_last")  # (B, T', C)
