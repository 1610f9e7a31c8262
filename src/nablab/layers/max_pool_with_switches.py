"""MaxPoolWithSwitches: max pooling that also returns the position of each maximum."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import SpatialLayer


@keras.saving.register_keras_serializable(package="nablab")
class MaxPoolWithSwitches(SpatialLayer):
    """The largest value in every window of an image, and its position: the switch.

    A pool forgets where its maxima were. With their positions, `MaxUnpool` can undo it as far as
    possible, and show which pixels made a deep unit respond.

    Maths:
        Y[b, i, j, c] = X[b, h, w, c],   S[b, i, j, c] = h·W + w
        (h, w) = the first position, row by row, of the largest X[b, ·, ·, c] in window (i, j):
        i·ph ≤ h < (i + 1)·ph,   j·pw ≤ w < (j + 1)·pw

        Rows and columns that do not fill a window are left out. S has no gradient; that of Y goes
        to the maximum.

    Shapes:
        x (B, H, W, C) -> Y (B, H', W', C), S (B, H', W', C)
        H' = ⌊H / ph⌋, W' = ⌊W / pw⌋; S is int32

    Args:
        pool_size: (ph, pw), or one integer for both axes. The windows do not overlap.

    Raises:
        ValueError: `pool_size` is not as described above, the input does not have four axes, or no
            window fits.

    Example:
        >>> Y, S = MaxPoolWithSwitches(2)(np.array([[1.0, 2, 0, 0], [3, 2, 0, 9]])[None, ..., None])
        >>> Y.numpy().ravel(), S.numpy().ravel()
        (array([3., 9.], dtype=float32), array([4, 7], dtype=int32))

    Equals `reference.pooling.maxpool_with_switches`; `MaxUnpool` puts the values back.

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """

    def __init__(self, pool_size=2, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = arguments.per_axis("MaxPoolWithSwitches", 2, pool_size=pool_size)

    def call(self, x):
        ph, pw = self.pool_size
        B, H, W = ops.shape(x)[:3]
        h, w = H // ph, W // pw
        window = self.pool_size, self.pool_size, "valid"  # Keras needs the strides on JAX
        y = ops.max_pool(x, *window, "channels_last")  # (B, H', W', C)
        corner = ops.arange(h)[:, None] * ph * W + ops.arange(w) * pw  # (H', W')
        corner = ops.cast(corner, "int32")[None, :, :, None]
        windows = ops.reshape(x[:, : h * ph, : w * pw], (B, h, ph, w, pw, x.shape[-1]))
        switch = ops.zeros_like(y, dtype="int32")
        # From the last position of a window to its first, so that the first of equal maxima wins.
        for u in reversed(range(ph)):
            for v in reversed(range(pw)):
                is_max = windows[:, :, u, :, v] == y  # (B, H', W', C)
                switch = ops.where(is_max, corner + u * W + v, switch)
        return y, switch

    def output_shape(self, input_shape):
        pooled = _windows.output_shape(
            "MaxPoolWithSwitches", input_shape, self.pool_size, self.pool_size, "valid"
        )
        return pooled, pooled

    def compute_output_spec(self, x):
        pooled, switches = self.compute_output_shape(x.shape)
        return (
            keras.KerasTensor(pooled, dtype=self.compute_dtype),
            keras.KerasTensor(switches, dtype="int32"),
        )

    def get_config(self):
        return {**super().get_config(), "pool_size": self.pool_size}
