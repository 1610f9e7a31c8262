"""MaxPool1D: the largest value in every window of a signal, channel by channel."""

from __future__ import annotations

import keras
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows


@keras.saving.register_keras_serializable(package="nablab")
class MaxPool1D(_windows.PoolLayer):
    """The largest value in every window of a signal, channel by channel.

    Maths:
        Y[b, t, c] = max X[b, t·s + u, c]
        over 0 ≤ u < k

        With "same" padding the windows stick out equally on both sides, with an odd entry after
        the input. The padding is never the maximum.

    Shapes:
        x (B, T, C) -> (B, T', C)
        n' = ⌊(n - k) / s⌋ + 1 for "valid" and ⌈n / s⌉ for "same" along each axis

    Args:
        pool_size: k, a positive integer or a tuple of one.
        strides: s, the step from window to window; `pool_size` if None.
        padding: "valid" (only windows inside the input) or "same".

    Raises:
        ValueError: an argument is not as described above, the input does not have three axes, or no
            window fits.

    Example:
        >>> MaxPool1D(2)(np.array([[[1.0], [5.0], [3.0], [2.0]]])).numpy()[0, :, 0]
        array([5., 3.], dtype=float32)

    Equals `reference.pooling.maxpool_nd`. On ties the first entry gets the whole gradient.

    Source: R. Collobert, J. Weston, L. Bottou, M. Karlen, K. Kavukcuoglu, P. Kuksa, Natural
    Language Processing (Almost) from Scratch, 2011.
    """

    def __init__(self, pool_size=2, strides=None, padding="valid", **kwargs):
        super().__init__(**kwargs)
        strides = pool_size if strides is None else strides
        arguments.one_of("MaxPool1D", ("valid", "same"), padding=padding)
        self.pool_size = arguments.per_axis("MaxPool1D", 1, pool_size=pool_size)
        self.strides = arguments.per_axis("MaxPool1D", 1, strides=strides)
        self.padding = padding

    def build(self, input_shape):
        arguments.shape("MaxPool1D", input_shape, "(B, T, C)")
        self.compute_output_shape(input_shape)  # refuses an input that no window fits in

    def call(self, x):
        return ops.max_pool(x, self.pool_size, self.strides, self.padding)  # (B, T', C)
