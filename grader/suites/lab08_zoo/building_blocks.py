"""What mutants and variants of several exercises are written with."""

import numpy as np


def floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


def slide(x, w, d=1, before=0, after=0, mode="constant"):
    """A dilated correlation along time with rows added before and after."""
    x, w = floats(x, w)
    x = np.pad(x, ((before, after), (0, 0)), mode=mode)
    n = len(x) - d * (len(w) - 1)
    return sum(x[u * d : u * d + n] @ w[u] for u in range(len(w)))


def reach(w, d):
    return d * (len(w) - 1)
