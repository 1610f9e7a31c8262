# family = "honest"
# tries = "keeps helpers, notes and a failing experiment in cells of its own"
# base = "solved"
# points = 100
# %% own
import numpy as np


def as_floats(*arrays):
    return [np.asarray(array, float) for array in arrays]


# %% own
raise RuntimeError("an experiment that I gave up")


# %% 1.1
def match_score(patch, filt):
    patch, filt = as_floats(patch, filt)
    return float(np.mean(patch * filt))
