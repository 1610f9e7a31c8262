"""Windows that slide over a signal, an image or a volume: how many there are, and pooling them."""

from __future__ import annotations

import keras
from keras import ops


def output_shape(layer, input_shape, size, strides, padding):
    """m = ⌈n / s⌉ along each axis for "same", ⌊(n - k) / s⌋ + 1 for "valid"; None where n is."""
    between = []
    for n, k, s in zip(input_shape[1:-1], size, strides, strict=True):
        if n is not None and padding == "valid" and n < k:
            raise ValueError(
                f"{layer}: the input has shape {tuple(input_shape)}; a window of "
                f'{tuple(size)} does not fit in it. Give a smaller one, or padding="same".'
            )
        m = None if n is None else -(-n // s) if padding == "same" else (n - k) // s + 1
        between.append(m)
    return (input_shape[0], *between, input_shape[-1])


def average_pool(x, size, strides, padding):
    """`ops.average_pool`, and what it should be under PyTorch.

    There Keras fills the border of "same" with copies and counts them; only what is in the input
    shall count. So the window's sum is taken over zeros there and divided by its count of ones.
    """
    if padding == "valid" or keras.backend.backend() != "torch":
        return ops.average_pool(x, size, strides, padding)
    around = []
    for n, k, s in zip(x.shape[1:-1], size, strides, strict=True):
        total = max((-(-n // s) - 1) * s + k - n, 0)
        around.append((total // 2, total - total // 2))
    around = [(0, 0), *around, (0, 0)]
    ones = ops.ones((1, *x.shape[1:-1], 1), x.dtype)
    sums, counts = (ops.average_pool(ops.pad(a, around), size, strides) for a in (x, ones))
    return sums / counts


def pool_volume(pool, x, size, strides, padding):
    """Pools a volume; in half and double precision as two steps of images: each slice, then along
    the depth. On a CPU, TensorFlow and PyTorch have no op for volumes of such numbers.

    The largest of the largest is the largest, and the mean of means over equal counts the mean.
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


def mirrored(x, axis, before, after):
    """A signal with its own entries mirrored at both ends of an axis, the ends themselves once."""
    n = ops.shape(x)[axis]
    first = ops.flip(ops.take(x, ops.arange(1, before + 1), axis=axis), axis=axis)
    last = ops.flip(ops.take(x, ops.arange(n - after - 1, n - 1), axis=axis), axis=axis)
    return ops.concatenate([first, x, last], axis=axis)


def mask_along(mask, x):
    """A mask of the first axis after the batch, with axes for the rest: (B, n₁, 1, …, 1)."""
    mask = ops.convert_to_tensor(mask, "bool")
    return ops.expand_dims(mask, tuple(range(2, len(x.shape))))
