"""Sizes and padding of what slides over its input, shared by the layers that do.

Along an axis of n, a kernel of k with dilation d spans d·(k − 1) + 1 and moves in steps of s:

    valid:  ⌊(n − d·(k − 1) − 1) / s⌋ + 1 places, and no padding
    same:   ⌈n / s⌉ places; the padding is what the last of them lacks, half of it before and half
            after, an odd one after
    causal: ⌈n / s⌉ places; the padding is d·(k − 1), all of it before
"""

from __future__ import annotations

import math

import keras
from keras import ops


def size(n, k, s, padding, d=1):
    """How many places there are along an axis; None where n is None."""
    if n is None:
        return None
    if padding == "valid":
        return (n - d * (k - 1) - 1) // s + 1
    return -(-n // s)


def sizes(layer, shape, kernel_size, strides, padding, dilation_rate=None):
    """The output's spatial sizes, for an input of this shape with its batch and its channels."""
    dilation_rate = dilation_rate or (1,) * len(kernel_size)
    axes = list(zip(shape[1:-1], kernel_size, strides, dilation_rate, strict=True))
    for n, k, _, d in axes:
        if padding == "valid" and n is not None and n < d * (k - 1) + 1:
            raise ValueError(
                f"{layer}: the input has shape {tuple(shape)}; a kernel_size of "
                f"{tuple(kernel_size)} with a dilation_rate of {tuple(dilation_rate)} does not fit "
                "in it without padding. Give a larger input, or another padding."
            )
    return tuple(size(n, k, s, padding, d) for n, k, s, d in axes)


def same_pads(n, k, s):
    """Zeros before and after an axis of n, which may be a tensor."""
    total = above_zero((-(-n // s) - 1) * s + k - n)
    return total // 2, total - total // 2


def above_zero(n):
    """n or 0, the larger: a number stays a number, which sizes must be under JAX's tracing."""
    return max(n, 0) if isinstance(n, int) else ops.maximum(n, 0)


def one_is_one(layer, strides, dilation_rate):
    """Not every backend can do both steps and gaps at once."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            f"{layer}: strides is {strides!r} and dilation_rate is {dilation_rate!r}; "
            "one of them must be 1."
        )


def divides(layer, groups, count, what):
    if count % groups:
        raise ValueError(f"{layer}: groups is {groups!r}; it must divide the {what}, {count}.")


def conv(x, kernel, strides, padding, dilation_rate, groups):
    """nablab.reference.convolution_layers.conv_nd without the bias, in the fastest way."""
    more = {"padding": padding, "data_format": "channels_last", "dilation_rate": dilation_rate}
    if groups == 1 or keras.backend.backend() == "torch":
        return ops.conv(x, kernel, strides, **more)
    kernel = ops.convert_to_tensor(kernel)
    *window, channels, filters = kernel.shape
    if channels == 1 and len(window) < 3:
        kernel = ops.reshape(kernel, (*window, groups, filters // groups))
        return depthwise(x, kernel, strides, padding, dilation_rate)
    # One convolution a group: on a CPU, TensorFlow and JAX take ten to a hundred times as long for
    # the gradient of one convolution that is told of the groups.
    parts = zip(ops.split(x, groups, axis=-1), ops.split(kernel, groups, axis=-1), strict=True)
    return ops.concatenate([ops.conv(part, own, strides, **more) for part, own in parts], axis=-1)


def depthwise(x, kernel, strides, padding, dilation_rate):
    """nablab.reference.convolution_layers.depthwise_conv without the bias, in the fastest way."""
    more = {"data_format": "channels_last", "dilation_rate": dilation_rate}
    if len(set(strides)) == 1:
        return ops.depthwise_conv(x, kernel, strides, padding=padding, **more)
    # TensorFlow's takes one stride for both axes: look at every place, and keep every s-th.
    if padding == "same":
        axes = zip(ops.shape(x)[1:-1], kernel.shape, strides, strict=False)
        x = ops.pad(x, ((0, 0), *(same_pads(n, k, s) for n, k, s in axes), (0, 0)))
    y = ops.depthwise_conv(x, kernel, 1, padding="valid", **more)
    return y[:, :: strides[0], :: strides[1]]


def of_one_place(initializer, places):
    """An initializer for a stack of `places` kernels, each drawn as if it were the only one.

    Those that scale by the number of a unit's inputs count every axis of a weight; here the first
    axes are places, and a unit reads from one place alone.
    """
    if not isinstance(initializer, keras.initializers.VarianceScaling):
        return initializer
    return lambda shape, dtype=None: initializer(shape, dtype=dtype) * math.sqrt(places)


def transposed_sizes(shape, kernel_size, strides, padding):
    """The spatial sizes from which a convolution comes to those of this shape."""
    return tuple(
        None if n is None else n * s if padding == "same" else (n - 1) * s + max(k, s)
        for n, k, s in zip(shape[1:-1], kernel_size, strides, strict=True)
    )


def known(layer, shape):
    """For weights that belong to places: there must be a number of places."""
    if None in shape[1:]:
        raise ValueError(
            f"{layer}: the input has shape {tuple(shape)}; every place has weights of its own, so "
            "only the batch may be unknown."
        )
