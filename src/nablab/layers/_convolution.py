"""Output sizes and padding of convolutions, and their fastest form on each backend.

A kernel of k entries with dilation d spans d·(k − 1) + 1 entries of its axis and moves by the
stride s. An axis of n entries gives

    valid:  ⌊(n − d·(k − 1) − 1) / s⌋ + 1 outputs, without padding
    same:   ⌈n / s⌉ outputs, with as much padding as the last one needs: half of it on each side,
            and an odd entry after
    causal: ⌈n / s⌉ outputs, with d·(k − 1) entries of padding, all of them before
"""

from __future__ import annotations

import math

import keras
import numpy as np
from keras import ops


def output_size(n, k, s, padding, d=1):
    """The number of outputs along an axis; None if n is None."""
    if n is None:
        return None
    if padding == "valid":
        return (n - d * (k - 1) - 1) // s + 1
    return -(-n // s)


def output_sizes(layer, shape, kernel_size, strides, padding, dilation_rate=None):
    """The output's spatial sizes for an input shape that includes batch and channels."""
    dilation_rate = dilation_rate or (1,) * len(kernel_size)
    axes = list(zip(shape[1:-1], kernel_size, strides, dilation_rate, strict=True))
    for n, k, _, d in axes:
        if padding == "valid" and n is not None and n < d * (k - 1) + 1:
            raise ValueError(
                f"{layer}: the input has shape {tuple(shape)} with channels last; a kernel_size of "
                f"{tuple(kernel_size)} with a dilation_rate of {tuple(dilation_rate)} does not fit "
                "in it without padding. Use a larger input or another padding."
            )
    return tuple(output_size(n, k, s, padding, d) for n, k, s, d in axes)


def transposed_output_size(n, k, s, padding, output_padding=None, d=1):
    """The number of outputs of a transposed convolution along an axis; None if n is None."""
    if n is None:
        return None
    span = d * (k - 1) + 1
    if output_padding is not None:
        return (n - 1) * s + (span if padding == "valid" else span % 2) + output_padding
    return n * s if padding == "same" else (n - 1) * s + max(span, s)


def same_pads(n, k, s):
    """Zeros before and after an axis of n entries; n may be a tensor."""
    total = at_least_zero((-(-n // s) - 1) * s + k - n)
    return total // 2, total - total // 2


def at_least_zero(n):
    """max(n, 0), as an int where n is one: a size must stay an int while JAX traces."""
    return max(n, 0) if isinstance(n, int) else ops.maximum(n, 0)


def check_strides_or_dilation(layer, strides, dilation_rate):
    """Not every backend supports strides and dilation at the same time."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise ValueError(
            f"{layer}: strides is {strides!r} and dilation_rate is {dilation_rate!r}; "
            "one of them must be 1."
        )


def output_paddings(layer, output_padding, kernel_size, strides, padding, dilation_rate):
    """None, or for every axis a whole number below its stride, which leaves no input outside."""
    if output_padding is None:
        return None
    rank = len(strides)
    one = isinstance(output_padding, int | np.integer)
    sizes = (output_padding,) * rank if one else tuple(output_padding)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel_size, dilation_rate, strict=True)]
    least = [1 if padding == "same" and span % 2 == 0 else 0 for span in spans]
    if len(sizes) != rank or not all(
        low <= p < s for low, p, s in zip(least, sizes, strides, strict=False)
    ):
        raise ValueError(
            f"{layer}: output_padding is {output_padding!r}; expected None, or whole numbers of at "
            f"least {tuple(least)} and below the strides {tuple(strides)}."
        )
    return tuple(map(int, sizes))


def check_groups(layer, groups, count, what):
    if count % groups:
        raise ValueError(f"{layer}: groups is {groups!r}; it must divide the {count} {what}.")


def check_known_sizes(layer, shape):
    """Weights that belong to positions need a fixed number of positions."""
    if None in shape[1:]:
        raise ValueError(
            f"{layer}: the input has shape {tuple(shape)}; every position has its own weights, so "
            "only the batch size may be unknown."
        )


def grouped_conv(x, kernel, groups, strides, padding, dilation_rate):
    """`ops.conv` in groups, in the form that is fast on the backend."""
    options = {"padding": padding, "data_format": "channels_last", "dilation_rate": dilation_rate}
    if keras.backend.backend() == "torch":
        return ops.conv(x, kernel, strides, **options)
    kernel = ops.convert_to_tensor(kernel)
    *window, channels, filters = kernel.shape
    if channels == 1 and len(window) < 3:
        kernel = ops.reshape(kernel, (*window, groups, filters // groups))
        return depthwise_conv(x, kernel, strides, padding, dilation_rate)
    # One convolution per group: on a CPU, the gradient of a single grouped convolution takes
    # TensorFlow and JAX ten to a hundred times as long.
    pairs = zip(ops.split(x, groups, axis=-1), ops.split(kernel, groups, axis=-1), strict=True)
    return ops.concatenate([ops.conv(x_g, w_g, strides, **options) for x_g, w_g in pairs], axis=-1)


def depthwise_conv(x, kernel, strides, padding, dilation_rate):
    """`ops.depthwise_conv`, also with another stride for each axis."""
    options = {"data_format": "channels_last", "dilation_rate": dilation_rate}
    if len(set(strides)) == 1:
        return ops.depthwise_conv(x, kernel, strides, padding, **options)
    # TensorFlow takes one stride for both axes: use stride 1, then keep every s-th output.
    if padding == "same":
        axes = zip(ops.shape(x)[1:-1], kernel.shape, strides, strict=False)
        x = ops.pad(x, ((0, 0), *(same_pads(n, k, s) for n, k, s in axes), (0, 0)))
    y = ops.depthwise_conv(x, kernel, 1, "valid", **options)
    return y[:, :: strides[0], :: strides[1]]


def dilated(kernel, dilation_rate):
    """A kernel with d − 1 zeros between its entries.

    TensorFlow has no dilated transposed convolution on a CPU.
    """
    for axis, d in enumerate(dilation_rate):
        if d > 1:
            before, (k, *after) = kernel.shape[:axis], kernel.shape[axis:]
            apart = ops.expand_dims(kernel, axis + 1)  # (…, k, 1, …)
            zeros = [(0, 0)] * len(apart.shape)
            zeros[axis + 1] = (0, d - 1)
            kernel = ops.reshape(ops.pad(apart, zeros), (*before, k * d, *after))
            kernel = kernel[(*[slice(None)] * axis, slice(d * (k - 1) + 1))]
    return kernel


def for_stacked_kernels(initializer, count):
    """An initializer for a stack of `count` kernels that scales each as if it were alone.

    Initializers that scale by fan-in count every axis of a weight. Here the first axes number the
    kernels, and a unit reads through one kernel only.
    """
    if not isinstance(initializer, keras.initializers.VarianceScaling):
        return initializer
    return lambda shape, dtype=None: initializer(shape, dtype=dtype) * math.sqrt(count)
