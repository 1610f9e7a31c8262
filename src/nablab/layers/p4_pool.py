"""P4Pool: pools the four rotations of a filter into one map."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers._axes import SpatialLayer


@keras.saving.register_keras_serializable(package="nablab")
class P4Pool(SpatialLayer):
    """The maximum or the mean of the four rotations at every position.

    It ends a network that is equivariant to rotations: what was found in some direction becomes
    found at all, so the answer no longer depends on how the image is turned.

    Maths:
        Y[h, w, c] = max over r of X[h, w, r, c]      or Σ_r X[h, w, r, c] / 4

        A rotation of the image rolls the maps along the rotation axis. Y no longer has that axis,
        so it only rotates.

    Shapes:
        x (B, H, W, 4, C) -> (B, H, W, C)

    Args:
        mode: "max" or "mean".

    Raises:
        ValueError: `mode` is neither, or the input does not have the axes (B, H, W, 4, C).

    Example:
        >>> P4Pool()(np.array([1.0, 2, 6, 3]).reshape(1, 1, 1, 4, 1)).numpy().ravel()
        array([6.], dtype=float32)

    Equals `reference.group.p4_pool`.

    Source: T. S. Cohen, M. Welling, Group Equivariant Convolutional Networks, 2016.
    """

    AXES = "(B, H, W, 4, C)"

    def __init__(self, mode="max", **kwargs):
        super().__init__(**kwargs)
        self.mode = arguments.one_of("P4Pool", ("max", "mean"), mode=mode)

    def call(self, x):
        pool = ops.max if self.mode == "max" else ops.mean
        return pool(x, axis=3)  # (B, H, W, C)

    def output_shape(self, input_shape):
        if input_shape[3] not in (4, None):
            raise ValueError(
                f"P4Pool: the input has shape {tuple(input_shape)}; expected axes (B, H, W, 4, C), "
                "as from P4Lift and P4Conv."
            )
        return (*input_shape[:3], input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}
