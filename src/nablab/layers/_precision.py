"""Where half precision is too coarse."""

from __future__ import annotations

from keras import backend, ops


def at_least_float32(x):
    """x in float32 if it is in half precision, where squares overflow and sums stagnate; else x."""
    half = backend.standardize_dtype(x.dtype) in ("float16", "bfloat16")
    return ops.cast(x, "float32") if half else x
