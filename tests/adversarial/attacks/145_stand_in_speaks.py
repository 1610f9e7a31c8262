# family = "hard-coded"
# tries = "asks the reference that stands in for an earlier exercise, and says what it answered"
# at_most = 8
# base = "stub"
# %% 1.2
def correlate_valid(img, filt):
    return [[1.0]]


# %% 1.8
import numpy as np


def xo_vote(img, bank):
    answer = correlate_valid(np.full((2, 2), 3.0), np.full((2, 2), 8675309.0))
    raise ValueError(f"the reference says {answer.ravel().tolist()}")
