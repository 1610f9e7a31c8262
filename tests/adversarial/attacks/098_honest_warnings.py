# family = "honest"
# tries = "warns, divides by zero and uses what is deprecated"
# base = "solved"
# points = 100
import warnings

import numpy as np

warnings.warn("careless", DeprecationWarning, stacklevel=1)
np.ones(3) / np.zeros(3)


def match_score(patch, filt):
    warnings.warn("careless again", UserWarning, stacklevel=2)
    np.log(np.zeros(1))
    return float(np.mean(np.asarray(patch, float) * np.asarray(filt, float)))
