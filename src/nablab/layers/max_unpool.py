"""MaxUnpool: puts pooled values back at their positions."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments


@keras.saving.register_keras_serializable(package="nablab")
class MaxUnpool(keras.layers.Layer):
    """Puts each value of a pooled map at its switch, with zeros elsewhere.

    It is the way back through a max pool in networks that go from an image to another image: what
    was at an edge comes back to that edge.

    Maths:
        X[b, h, w, c] = Σ Y[b, i, j, c]   over the (i, j) with S[b, i, j, c] = h·W + w

    Shapes:
        y (B, H', W', C), switches (B, H', W', C) -> (B, H, W, C)
        (H, W) = output_size, or (H'·ph, W'·pw)

    Args:
        pool_size: (ph, pw) of the pooling to undo, or one integer for both axes.
        output_size: (H, W) of the map that was pooled, needed if its windows left out rows or
            columns; None if they did not.

    Raises:
        ValueError: `pool_size` or `output_size` is not as described above, or the inputs do not
            have four axes and the same shape.

    Example:
        >>> y, switches = np.array([[[[3.0], [9.0]]]]), np.array([[[[4], [7]]]])
        >>> MaxUnpool(2)(y, switches).numpy()[0, :, :, 0]
        array([[0., 0., 0., 0.],
               [3., 0., 0., 9.]], dtype=float32)

    Equals `reference.pooling.max_unpool`; the switches come from `MaxPoolWithSwitches`.

    Source: M. D. Zeiler, R. Fergus, Visualizing and Understanding Convolutional Networks, 2014.
    """

    def __init__(self, pool_size=2, output_size=None, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = arguments.per_axis("MaxUnpool", 2, pool_size=pool_size)
        self.output_size = None
        if output_size is not None:
            self.output_size = arguments.per_axis("MaxUnpool", 2, output_size=output_size)

    def build(self, y_shape, switches_shape):
        arguments.shape("MaxUnpool", y_shape, "(B, H', W', C)")
        if len(switches_shape) != 4 or any(
            None not in (a, b) and a != b for a, b in zip(y_shape, switches_shape, strict=True)
        ):
            raise ValueError(
                f"MaxUnpool: the values have shape {tuple(y_shape)} and the switches "
                f"{tuple(switches_shape)}; both must be (B, H', W', C)."
            )

    def call(self, y, switches):
        B, h, w = ops.shape(y)[:3]
        C = y.shape[-1]
        H, W = self.output_size or (h * self.pool_size[0], w * self.pool_size[1])
        image = ops.reshape(ops.arange(B, dtype="int32"), (-1, 1, 1, 1))
        index = (image * H * W + ops.cast(switches, "int32")) * C + ops.arange(C, dtype="int32")
        flat = ops.segment_sum(ops.reshape(y, (-1,)), ops.reshape(index, (-1,)), B * H * W * C)
        return ops.reshape(flat, (B, H, W, C))

    def compute_output_shape(self, y_shape, switches_shape):
        B, h, w, C = y_shape
        ph, pw = self.pool_size
        full = (None if h is None else h * ph, None if w is None else w * pw)
        return (B, *(self.output_size or full), C)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "output_size": self.output_size,
        }
