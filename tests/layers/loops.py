"""Windows written as plain loops over NumPy arrays, slow and without a trick: what convolutions and
pools must equal for any sizes."""

import math

import numpy as np


def windows(shape, size, strides, padding, dilation):
    """For each place of the output, the entries of the input that its window reads.

    It yields (place, [(entry of the window, entry of the input or None outside of it)]).
    """
    axes = []
    for n, k, s, d in zip(shape, size, strides, dilation, strict=True):
        span = d * (k - 1) + 1
        count = {"valid": (n - span) // s + 1, "same": -(-n // s), "causal": -(-n // s)}[padding]
        before = {
            "valid": 0,
            "same": max((count - 1) * s + span - n, 0) // 2,
            "causal": span - 1,
        }[padding]
        reads = [[i * s - before + u * d for u in range(k)] for i in range(count)]
        axes.append([[e if 0 <= e < n else None for e in entries] for entries in reads])
    for place in np.ndindex(*map(len, axes)):
        entries = []
        for inside in np.ndindex(*size):
            read = [axis[i][u] for axis, i, u in zip(axes, place, inside, strict=True)]
            entries.append((inside, None if None in read else tuple(read)))
        yield place, entries


def output_shape(shape, size, strides, padding, dilation):
    places = [place for place, _ in windows(shape, size, strides, padding, dilation)]
    return tuple(max(along) + 1 for along in zip(*places, strict=True))


def convolution(x, W, strides, padding, dilation, groups):
    """x (B, n, ..., C) and W (k, ..., C / groups, F) -> (B, n', ..., F)."""
    *size, channels, filters = W.shape
    spatial = x.shape[1:-1]
    y = np.zeros((len(x), *output_shape(spatial, size, strides, padding, dilation), filters))
    for place, entries in windows(spatial, size, strides, padding, dilation):
        for f in range(filters):
            first = f // (filters // groups) * channels
            for inside, entry in entries:
                for c in range(channels):
                    if entry is not None:
                        y[(slice(None), *place, f)] += (
                            x[(slice(None), *entry, first + c)] * W[(*inside, c, f)]
                        )
    return y


def transposed_convolution(x, W, strides, padding, dilation):
    """x (B, n, ..., C) and W (k, ..., F, C) -> (B, n', ..., F): every entry adds its kernel."""
    *size, filters, channels = W.shape
    shape, firsts = [], []
    for n, k, s, d in zip(x.shape[1:-1], size, strides, dilation, strict=True):
        span = d * (k - 1) + 1
        shape.append(n * s if padding == "same" else (n - 1) * s + max(span, s))
        firsts.append(max(span - s, 0) // 2 if padding == "same" else 0)
    y = np.zeros((len(x), *shape, filters))
    for place in np.ndindex(*x.shape[1:-1]):
        for inside in np.ndindex(*size):
            axes = zip(place, strides, inside, dilation, firsts, strict=True)
            at = [i * s + u * d - first for i, s, u, d, first in axes]
            if all(0 <= m < n for m, n in zip(at, shape, strict=True)):
                for f in range(filters):
                    for c in range(channels):
                        y[(slice(None), *at, f)] += x[(slice(None), *place, c)] * W[(*inside, f, c)]
    return y


def pool(reduce, x, size, strides, padding):
    """x (B, n, ..., C) -> (B, n', ..., C), each entry `reduce` of what its window reads."""
    spatial, apart = x.shape[1:-1], (1,) * len(size)
    y = np.zeros((len(x), *output_shape(spatial, size, strides, padding, apart), x.shape[-1]))
    for place, entries in windows(spatial, size, strides, padding, apart):
        for b in range(len(x)):
            for c in range(x.shape[-1]):
                read = [x[(b, *entry, c)] for _, entry in entries if entry is not None]
                y[(b, *place, c)] = reduce(read)
    return y


def mean(numbers):
    return math.fsum(numbers) / len(numbers)
