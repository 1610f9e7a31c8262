"""P4Pool: pools the four rotations of a filter into one map."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class P4Pool(keras.layers.Layer):
    """The maximum or the mean of the four rotations at every position.

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

    def __init__(self, mode="max", **kwargs):
        super().__init__(**kwargs)
        arguments.one_of("P4Pool", ("max", "mean"), mode=mode)
        self.mode = mode

    def build(self, input_shape):
        arguments.shape("P4Pool", input_shape, "(B, H, W, 4, C)")
        if input_shape[3] != 4:
            raise ValueError(
                f"P4Pool: the input has shape {tuple(input_shape)}; expected axes (B, H, W, 4, C), "
                "as from P4Lift and P4Conv."
            )

    def call(self, x):
        pool = ops.max if self.mode == "max" else ops.mean
        return pool(x, axis=3)  # (B, H, W, C)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:3], input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "mode": self.mode}
