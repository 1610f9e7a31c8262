"""What mutants and variants of several exercises are written with."""

import numpy as np

from nablab.reference.optimizer import adam_step


def zeros(w):
    return np.zeros(np.shape(w))


def memory(w, state):
    return (zeros(w), zeros(w), 0) if state is None else state


def adam_with(w, g, state, lr, b1, b2, eps, form, first=1):
    """The right step; the first may be given another number than 1."""
    m, v, t = memory(w, state)
    w, m, v = adam_step(w, g, m, v, t + first, lr, b1, b2, eps, form)
    return w, (m, v, t + 1)
