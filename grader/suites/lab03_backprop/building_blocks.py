"""What mutants and variants of several exercises are written with."""

import numpy as np


def floats(*arrays):
    return [np.asarray(array, dtype=float) for array in arrays]


def one_hot(z, y):
    return np.eye(np.shape(z)[1])[np.asarray(y, dtype=int)]
