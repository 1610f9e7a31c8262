"""MaxPool3D: the largest value of every window of a volume, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab import _arguments
from nablab._reference import reference
from nablab.layers import _windows
from nablab.layers._example import Example, Input


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool3D(keras.layers.Layer):
    """The largest value of every window of a volume, channel by channel.

    Maths:
        Y[b, d, i, j, c] = max X[b, d·sd + t, i·sh + u, j·sw + v, c]
        over 0 ≤ t < kd, 0 ≤ u < kh, 0 ≤ v < kw

        With "same" padding the windows stick out of the input evenly, the odd place after it, and
        what lies outside never wins.

    Shapes:
        x (B, D, H, W, C) -> (B, D', H', W', C)
        m = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along every axis

    Args:
        pool_size: (kd, kh, kw), one whole number, or one for each axis.
        strides: (sd, sh, sw), how far apart the windows begin, likewise; `pool_size` if None.
        padding: "valid", only windows inside the input, or "same".

    Raises:
        ValueError: an argument is none of these, the input has not 5 axes, or no window fits.

    Example:
        >>> MaxPool3D(2)(np.arange(16.0).reshape(1, 2, 2, 4, 1)).numpy().ravel()
        array([13., 15.], dtype=float32)

    Equals `reference.pooling.maxpool_nd`, but for ties: on TensorFlow every one of equal maxima of
    a volume gets the whole gradient, in float32, and elsewhere the first of them.

    Source: S. Ji, W. Xu, M. Yang, K. Yu, 3D Convolutional Neural Networks for Human Action
    Recognition, 2010.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        strides = pool_size if strides is None else strides
        _arguments.one_of("MaxPool3D", ("valid", "same"), padding=padding)
        self.pool_size = _arguments.sizes("MaxPool3D", 3, pool_size=pool_size)
        self.strides = _arguments.sizes("MaxPool3D", 3, strides=strides)
        self.padding = padding

    def build(self, input_shape):
        _arguments.shape("MaxPool3D", input_shape, "(B, D, H, W, C)")
        self.compute_output_shape(input_shape)

    def call(self, x):
        return _windows.pool_volume(
            ops.max_pool, x, self.pool_size, self.strides, self.padding
        )  # (B, D', H', W', C)

    def compute_output_shape(self, input_shape):
        return _windows.output_shape(
            "MaxPool3D", input_shape, self.pool_size, self.strides, self.padding
        )

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


EXAMPLES = {
    "halving": Example(
        {"pool_size": 2},
        (Input((2, 4, 5, 4, 2), unknown=(1, 2, 3)),),
        lambda w, x: reference.pooling.maxpool_nd(x, (2, 2, 2)),
        keras=lambda: keras.layers.MaxPooling3D(2),
        wrong=(("pool_size", (2, 2)), ("strides", 0), ("padding", "full")),
    ),
    "overlapping, same padding": Example(
        {"pool_size": (2, 3, 2), "strides": (1, 2, 2), "padding": "same"},
        (Input((2, 3, 4, 5, 2)),),
        lambda w, x: reference.pooling.maxpool_nd(x, (2, 3, 2), (1, 2, 2), "same"),
        keras=lambda: keras.layers.MaxPooling3D((2, 3, 2), strides=(1, 2, 2), padding="same"),
    ),
}
