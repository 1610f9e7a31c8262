# family = "lies"
# tries = "__array__ looks through the frames of whoever converts it for the expected value"
# at_most = 1.2
import sys


def expected():
    frame = sys._getframe()
    while frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            for name in ("expected", "right", "reference"):
                if name in scope:
                    return scope[name]
        frame = frame.f_back
    return 1.0


class Peek:
    def __array__(self, dtype=None, copy=None):
        import numpy as np

        return np.asarray(expected(), dtype)

    __float__ = lambda self: float(expected())


def match_score(patch, filt):
    return Peek()
