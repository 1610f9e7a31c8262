# family = "protocol"
# tries = "returns arrays whose strides reach far outside their memory"
# at_most = 1.2
import numpy as np


def match_score(patch, filt):
    small = np.ones(4)
    if patch.size % 2:
        return np.lib.stride_tricks.as_strided(small, (), ())
    return np.lib.stride_tricks.as_strided(small, (1 << 20,), (1 << 12,))
