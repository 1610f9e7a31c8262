"""What mutants and variants of several exercises are written with."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

SOBEL_X = np.outer([1, 2, 1], [-1, 0, 1])


def floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


def correlate(img, filt, dtype=float):
    img, filt = np.asarray(img, dtype=dtype), np.asarray(filt, dtype=dtype)
    return np.einsum("ijuv,uv->ij", sliding_window_view(img, filt.shape), filt)
