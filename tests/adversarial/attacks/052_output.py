# family = "exhaustion"
# tries = "prints and writes without measure, and answers with a huge value and a huge message"
# points = 0
import os
import sys

import numpy as np

for _ in range(100):
    print("x" * 1_000_000)
    sys.stderr.write("x" * 100_000)
    os.write(1, b"x" * 1_000_000)


def match_score(patch, filt):
    if patch.size % 2:
        raise ValueError("x" * 10_000_000)
    return np.zeros(2 << 20)
