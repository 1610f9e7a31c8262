"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np


def relative_gap(first, second):
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    return float(np.linalg.norm(np.ravel(first - second)) / np.linalg.norm(np.ravel(second)))


def down(a):
    return np.roll(a, 1, axis=0)


def right(a):
    return np.roll(a, 1, axis=1)


def stay(a):
    return a


def turned_and_moved_on(y):
    """What a quarter turn of the image makes of maps (N, H, W, 4, ...) of four directions."""
    return np.roll(np.rot90(y, axes=(1, 2)), 1, axis=3)


def wave(shape, step=0.7):
    """Numbers that are drawn from nothing: the same for everybody."""
    k = np.arange(int(np.prod(shape)))
    return np.sin(step * k + 0.013 * k**2 + 0.3).reshape(shape)
