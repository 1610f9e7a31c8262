"""Windows that slide over a signal, an image or a volume: output shapes and pooling."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._convolution import output_size, same_pads


def output_shape(layer, input_shape, size, strides, padding):
    """⌈n / s⌉ along each axis for "same", ⌊(n - k) / s⌋ + 1 for "valid"; None where n is None."""
    spatial = []
    for n, k, s in zip(input_shape[1:-1], size, strides, strict=True):
        if n is not None and padding == "valid" and n < k:
            raise ValueError(
                f"{layer}: the input has shape {tuple(input_shape)}; a window of "
                f'{tuple(size)} does not fit in it. Use a smaller one, or padding="same".'
            )
        spatial.append(output_size(n, k, s, padding))
    return (input_shape[0], *spatial, input_shape[-1])


class PoolLayer(keras.layers.Layer):
    """The base of the average and max pools: output shape and configuration, and no equation."""

    def compute_output_shape(self, input_shape):
        name = type(self).__name__
        return output_shape(name, input_shape, self.pool_size, self.strides, self.padding)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


def average_pool(x, size, strides, padding):
    """`ops.average_pool`, with padding that is not counted under PyTorch either.

    There Keras pads "same" with copies of the border and counts them. So the sum over a window
    padded with zeros is divided here by the number of entries that lie in the input.
    """
    if padding == "valid" or keras.backend.backend() != "torch":
        return ops.average_pool(x, size, strides, padding)
    axes = zip(x.shape[1:-1], size, strides, strict=True)
    pads = [(0, 0), *(same_pads(n, k, s) for n, k, s in axes), (0, 0)]
    ones = ops.ones((1, *x.shape[1:-1], 1), x.dtype)
    sums, counts = (ops.average_pool(ops.pad(a, pads), size, strides) for a in (x, ones))
    return sums / counts


def pool_volume(pool, x, size, strides, padding):
    """Pools a volume. In half and double precision it takes two steps: over each slice, then along
    the depth. On a CPU, TensorFlow and PyTorch pool volumes in float32 only.

    The maximum of maxima is the maximum, and the mean of means over equal counts is the mean.
    """
    if keras.backend.standardize_dtype(x.dtype) == "float32":
        return pool(x, size, strides, padding)
    B, D, H, W = ops.shape(x)[:4]
    C = x.shape[-1]
    y = pool(ops.reshape(x, (B * D, H, W, C)), size[1:], strides[1:], padding)  # (B·D, h, w, C)
    h, w = ops.shape(y)[1:3]
    y = ops.reshape(y, (B, D, h * w, C))
    y = pool(y, (size[0], 1), (strides[0], 1), padding)  # (B, d, h·w, C)
    return ops.reshape(y, (B, ops.shape(y)[1], h, w, C))


def reflect_pad(x, axis, before, after):
    """Pads an axis with its own entries, reflected at both ends without repeating the ends."""
    n = ops.shape(x)[axis]
    first = ops.flip(ops.take(x, ops.arange(1, before + 1), axis=axis), axis=axis)
    last = ops.flip(ops.take(x, ops.arange(n - after - 1, n - 1), axis=axis), axis=axis)
    return ops.concatenate([first, x, last], axis=axis)


def expand_mask(mask, x):
    """A mask (B, n₁) of x's first spatial axis, with axes of size 1 for the rest of x."""
    mask = ops.convert_to_tensor(mask, "bool")
    return ops.expand_dims(mask, tuple(range(2, len(x.shape))))
