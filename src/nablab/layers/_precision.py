"""Where half precision is too coarse."""

from __future__ import annotations

from keras import backend, ops


def at_least_float32(x):
    """x in float32 where it came in half precision, in which squares overflow and sums get stuck;
    x itself otherwise."""
    half = backend.standardize_dtype(x.dtype) in ("float16", "bfloat16")
    return ops.cast(x, "float32") if half else x
