"""BlurPool: blurs before it subsamples, so that a small shift changes little."""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.layers import _windows
from nablab.layers._axes import SpatialLayer


@keras.saving.register_keras_serializable(package="nablab")
class BlurPool(SpatialLayer):
    """Blurs every channel with a fixed binomial filter, then keeps every s-th pixel.

    Keeping every second pixel of a fine pattern turns it into another pattern, which changes with a
    shift by one pixel (aliasing). A blur first removes what the coarser grid cannot show.

    Maths:
        Y[b, i, j, c] = Σ_u Σ_v a[u] a[v] X̄[b, i·s + u, j·s + v, c]
        a[u] = (k - 1 choose u) / 2^(k - 1),   s = strides,   k = kernel_size

        X̄ is X with padding. padding="reflect" reflects the pixels of X, ⌊(k - 1) / 2⌋ before and
        ⌊k / 2⌋ after, so that Y[i, j] is centred on X[i·s, j·s] and a constant image stays
        constant. padding="same" adds zeros as Keras does, so that the border gets darker.

    Shapes:
        x (B, H, W, C) -> (B, H', W', C)
        H' = ⌈H / strides⌉, W' = ⌈W / strides⌉

    Args:
        kernel_size: k; 3 has the weights 1 2 1, and 5 has 1 4 6 4 1.
        strides: s, for both axes.
        padding: "reflect" or "same".

    Raises:
        ValueError: `kernel_size` or `strides` is not a positive integer, `padding` is neither, the
            input does not have four axes, or it is too small to be reflected.

    Example:
        >>> BlurPool(3)(np.full((1, 4, 4, 1), 5.0)).numpy()[0, :, :, 0]
        array([[5., 5.],
               [5., 5.]], dtype=float32)

    Equals `reference.pooling.blurpool`. To blur after max pooling, as in the paper, put it after
    `MaxPool2D(2, strides=1)`.

    Source: R. Zhang, Making Convolutional Networks Shift-Invariant Again, 2019.
    """

    def __init__(self, kernel_size=3, strides=2, padding="reflect", **kwargs):
        super().__init__(**kwargs)
        self.kernel_size, self.strides = arguments.positive_int(
            "BlurPool", kernel_size=kernel_size, strides=strides
        )
        self.padding = arguments.one_of("BlurPool", ("reflect", "same"), padding=padding)

    def call(self, x):
        k = self.kernel_size
        a = np.array([math.comb(k - 1, u) for u in range(k)]) / 2 ** (k - 1)  # (k,)
        blur = ops.convert_to_tensor(a[:, None] * a[None, :], x.dtype)[:, :, None, None]
        blur = ops.tile(blur, (1, 1, x.shape[-1], 1))  # (k, k, C, 1)
        padding = self.padding
        if padding == "reflect":
            pads = ((k - 1) // 2, k // 2)
            x = _windows.reflect_pad(_windows.reflect_pad(x, 1, *pads), 2, *pads)
            padding = "valid"
        return ops.depthwise_conv(x, blur, self.strides, padding, "channels_last")  # (B, H', W', C)

    def output_shape(self, input_shape):
        too_small = [n for n in input_shape[1:3] if n is not None and n <= self.kernel_size // 2]
        if self.padding == "reflect" and too_small:
            raise ValueError(
                f"BlurPool: the input has shape {tuple(input_shape)}; to reflect its border for a "
                f"kernel_size of {self.kernel_size}, H and W must be above {self.kernel_size // 2}."
            )
        B, H, W, C = input_shape
        H, W = (None if n is None else -(-n // self.strides) for n in (H, W))
        return (B, H, W, C)

    def get_config(self):
        return {
            **super().get_config(),
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "padding": self.padding,
        }
