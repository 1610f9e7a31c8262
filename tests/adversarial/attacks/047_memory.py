# family = "exhaustion"
# tries = "takes more memory than is allowed, at once and piece by piece"
# points = 0
# says = "MemoryError|MB of memory|ended the whole"
import numpy as np

held = []


def match_score(patch, filt):
    if patch.size % 2:
        return float(np.ones(1 << 32).sum())
    while True:
        held.append(bytearray(1 << 22))
