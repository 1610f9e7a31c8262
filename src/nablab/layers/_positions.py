"""The angles that both position layers are made of."""

from __future__ import annotations

import numpy as np
from keras import ops


def angles(x, base, start, compute_dtype):
    """θ[t, i] = (start + t) / base^(2i / n) for the T steps and n channels of x, as (T, n/2).

    Never in half precision, which cannot tell position 2049 from 2048.
    """
    dtype = "float64" if compute_dtype == "float64" else "float32"
    n = x.shape[-1]
    frequencies = base ** (-np.arange(0, n, 2) / n)  # (n/2,)
    positions = ops.cast(start, dtype) + ops.arange(ops.shape(x)[1], dtype=dtype)  # (T,)
    return positions[:, None] * ops.convert_to_tensor(frequencies, dtype=dtype)


def check_even_channels(layer, x_shape):
    if x_shape[-1] % 2:
        raise ValueError(
            f"{layer}: the input has shape {tuple(x_shape)}; the number of channels must be even, "
            "because they are taken in pairs."
        )
