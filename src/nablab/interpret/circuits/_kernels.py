"""The weights that circuits are read from."""

from __future__ import annotations

from typing import Any

import numpy as np


def kernel_of(weights: Any) -> np.ndarray:
    """A kernel as a float64 array: given as an array, a tensor, or a Keras layer that has one."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(getattr(weights, "kernel", weights)), dtype=float)
