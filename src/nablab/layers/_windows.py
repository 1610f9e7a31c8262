"""Windows that slide over a signal, an image or a volume: output shapes and pooling."""

from __future__ import annotations

import keras
from keras import ops

from nablab.layers._axes import DataFormatLayer
from nablab.layers._convolution import output_size, same_pads


def output_shape(layer, input_shape, size, strides, padding):
    """⌈n / s⌉ along each axis for "same", ⌊(n - k) / s⌋ + 1 for "valid"; None where n is None."""
    spatial = []
    for n, k, s in zip(input_shape[1:-1], size, strides, strict=True):
        if n is not None and padding == "valid" and n < k:
            raise ValueError(
                f"{layer}: the input has shape {tuple(input_shape)} with channels last; a "
                f'window of {tuple(size)} does not fit in it. Use a smaller one, or padding="same".'
            )
        spatial.append(output_size(n, k, s, padding))
    return (input_shape[0], *spatial, input_shape[-1])


class PoolLayer(DataFormatLayer):
    """The base of the average and max pools: output shape and configuration, and no equation."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = type(self).build is keras.layers.Layer.build  # there are no weights

    def output_shape(self, input_shape):
        name = type(self).__name__
        return output_shape(name, input_shape, self.pool_size, self.strides, self.padding)

    def get_config(self):
        return {
            **super().get_config(),
            "pool_size": self.pool_size,
            "strides": self.strides,
            "padding": self.padding,
        }


class PoolLayer1D(PoolLayer):
    """A pool along time hands a mask of the steps on, as one of its windows."""

    AXES = "(B, T, C)"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, x, mask=None):
        """Which windows count: with "valid" padding those that lie in the mask, else those that
        meet it."""
        if mask is None:
            return None
        window = (self.pool_size, self.strides, self.padding)
        m = ops.cast(mask, "float32")[:, :, None]  # (B, T, 1)
        if self.padding == "valid":
            return max_pool(1 - m, *window)[:, :, 0] < 0.5  # (B, T')
        return max_pool(m, *window)[:, :, 0] > 0.5


class GlobalPoolLayer(DataFormatLayer):
    """The base of the two global pools: output shape and configuration, and no equation."""

    AXES = "(B, n, ..., C)"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.built = type(self).build is keras.layers.Layer.build  # there are no weights
        self.supports_masking = True

    def compute_mask(self, x, mask=None):
        return None  # the masked axis is gone

    def output_shape(self, input_shape):
        spatial = (1,) * (len(input_shape) - 2) if self.keepdims else ()
        return (input_shape[0], *spatial, input_shape[-1])

    def get_config(self):
        return {**super().get_config(), "keepdims": self.keepdims}


def counts_padding(padding):
    """Whether `ops.average_pool` counts padding: on PyTorch it pads with copies of the border."""
    return padding == "same" and keras.backend.backend() == "torch"


def average_inside(x, size, strides, padding):
    """`ops.average_pool` without the padding: the sum over a window that is padded with zeros,
    divided by the number of its entries that lie in the input."""
    if not counts_padding(padding):
        return ops.average_pool(x, size, strides, padding, "channels_last")
    axes = zip(x.shape[1:-1], size, strides, strict=True)
    pads = [(0, 0), *(same_pads(n, k, s) for n, k, s in axes), (0, 0)]
    ones = ops.ones((1, *x.shape[1:-1], 1), x.dtype)
    options = {"data_format": "channels_last"}
    sums, counts = (ops.average_pool(ops.pad(a, pads), size, strides, **options) for a in (x, ones))
    return sums / counts


def pools_volumes(x):
    """Whether volumes of x's dtype can be pooled: on a CPU, TensorFlow and PyTorch take float32."""
    return keras.backend.standardize_dtype(x.dtype) == "float32"


def pool_in_two_steps(pool, x, size, strides, padding):
    """Pools a volume in half or double precision: over each slice, then along the depth.

    The maximum of maxima is the maximum, and the mean of means over equal counts is the mean.
    """
    B, D, H, W = ops.shape(x)[:4]
    C = x.shape[-1]
    y = pool(ops.reshape(x, (B * D, H, W, C)), size[1:], strides[1:], padding)  # (B·D, h, w, C)
    h, w = ops.shape(y)[1:3]
    y = ops.reshape(y, (B, D, h * w, C))
    y = pool(y, (size[0], 1), (strides[0], 1), padding)  # (B, d, h·w, C)
    return ops.reshape(y, (B, ops.shape(y)[1], h, w, C))


def max_pool(x, size, strides, padding):
    return ops.max_pool(x, size, strides, padding, "channels_last")


def reflect_pad(x, axis, before, after):
    """Pads an axis with its own entries, reflected at both ends without repeating the ends."""
    n = ops.shape(x)[axis]
    first = ops.flip(ops.take(x, ops.arange(1, before + 1), axis=axis), axis=axis)
    last = ops.flip(ops.take(x, ops.arange(n - after - 1, n - 1), axis=axis), axis=axis)
    return ops.concatenate([first, x, last], axis=axis)


def expand_mask(layer, mask, x):
    """A mask (B, n₁) of x's first spatial axis, with axes of size 1 for the rest of x."""
    expected, got = tuple(x.shape[:2]), tuple(mask.shape)
    if len(got) != 2 or any(
        None not in (a, b) and a != b for a, b in zip(expected, got, strict=True)
    ):
        raise ValueError(
            f"{layer}: the mask has shape {got}; expected {expected}, the batch and the first "
            "spatial axis of the input."
        )
    mask = ops.convert_to_tensor(mask, "bool")
    return ops.expand_dims(mask, tuple(range(2, len(x.shape))))
