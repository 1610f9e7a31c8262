"""MaxPool3D: the largest value in every window of a volume, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool3D(_windows.PoolLayer):
    """The largest value in every window of a volume, channel by channel.

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

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        strides = pool_size if strides is None else strides
        arguments.one_of("MaxPool3D", ("valid", "same"), padding=padding)
        self.pool_size = arguments.per_axis("MaxPool3D", 3, pool_size=pool_size)
        self.strides = arguments.per_axis("MaxPool3D", 3, strides=strides)
        self.padding = padding

    def build(self, input_shape):
        arguments.shape("MaxPool3D", input_shape, "(B, D, H, W, C)")
        self.compute_output_shape(input_shape)  # refuses an input that no window fits in

    def call(self, x):
        return _windows.pool_volume(
            ops.max_pool, x, self.pool_size, self.strides, self.padding
        )  # (B, D', H', W', C)
