"""AveragePool3D: the mean of every window of a volume, channel by channel."""

from __future__ import annotations

import keras

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class AveragePool3D(_windows.PoolLayer):
    """The mean of every window of a volume, channel by channel.

    Maths:
        Y[b, d, i, j, c] = Σ X[b, d·sd + t, i·sh + u, j·sw + v, c] / (kd · kh · kw)
        over 0 ≤ t < kd, 0 ≤ u < kh, 0 ≤ v < kw

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. Only what lies in the input is summed and counted.

    Shapes:
        x (B, D, H, W, C) -> (B, D', H', W', C)
        n' = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along each axis

    Args:
        pool_size: (kd, kh, kw), or one integer for all axes.
        strides: (sd, sh, sw), the step from window to window; `pool_size` if None.
        padding: "valid" (only windows inside the input) or "same".

    Raises:
        ValueError: an argument is not as described above, the input does not have five axes, or no
            window fits.

    Example:
        >>> AveragePool3D(2)(np.arange(16.0).reshape(1, 2, 2, 4, 1)).numpy().ravel()
        array([6.5, 8.5], dtype=float32)

    Equals `reference.pooling.averagepool_nd`.

    Source: Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-Based Learning Applied to
    Document Recognition, 1998.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        strides = pool_size if strides is None else strides
        arguments.one_of("AveragePool3D", ("valid", "same"), padding=padding)
        self.pool_size = arguments.per_axis("AveragePool3D", 3, pool_size=pool_size)
        self.strides = arguments.per_axis("AveragePool3D", 3, strides=strides)
        self.padding = padding

    def build(self, input_shape):
        arguments.shape("AveragePool3D", input_shape, "(B, D, H, W, C)")
        self.compute_output_shape(input_shape)  # refuses an input that no window fits in

    def call(self, x):
        return _windows.pool_volume(
            _windows.average_pool, x, self.pool_size, self.strides, self.padding
        )  # (B, D', H', W', C)
