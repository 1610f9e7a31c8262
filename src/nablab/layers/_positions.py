"""The angles that both layers of positions are made of."""

from __future__ import annotations

import numpy as np
from keras import ops


def angles(x, base, start, compute_dtype):
    """θ[t, i] = (start + t) / base^(2i / n) for the T steps and n channels of x, as (T, n/2).

    Never in half precision, which has no whole numbers between 2048 and 2050.
    """
    dtype = "float64" if compute_dtype == "float64" else "float32"
    n = x.shape[-1]
    speeds = base ** (-np.arange(0, n, 2) / n)  # (n/2,)
    times = ops.cast(start, dtype) + ops.arange(ops.shape(x)[1], dtype=dtype)  # (T,)
    return times[:, None] * ops.convert_to_tensor(speeds, dtype=dtype)


def check_pairs(layer, x_shape):
    if x_shape[-1] % 2:
        raise ValueError(
            f"{layer}: the input has shape {tuple(x_shape)}; its last axis must be even, for the "
            "channels go in pairs."
        )
