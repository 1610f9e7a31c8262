"""Where half precision is too coarse."""

from __future__ import annotations

from keras import backend, ops


def at_least_float32(x):
    """x in float32 if it is in half precision, where squares overflow and sums stagnate; else x."""
    half = backend.standardize_dtype(x.dtype) in ("float16", "bfloat16")
    return ops.cast(x, "float32") if half else x


def wide(x, compute_dtype):
    """x in a layer's dtype, or in float32 if that is half precision; whole numbers become floats.

    A layer that uses it has `autocast = False`: a float32 input above 65,504 would otherwise become
    infinite in float16 before `call` sees it.
    """
    return ops.cast(x, backend.result_type(compute_dtype, "float32"))
