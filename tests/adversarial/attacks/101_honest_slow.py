# family = "honest"
# tries = "is slow, within the limits, because it loops in Python and waits"
# base = "solved"
# points = 100
import time

import numpy as np

time.sleep(0.4)


def match_score(patch, filt):
    time.sleep(0.04)
    total = 0.0
    for row, other in zip(np.asarray(patch, float), np.asarray(filt, float)):
        for a, b in zip(row, other):
            total += a * b
    return total / np.size(patch)
