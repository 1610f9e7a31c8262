# family = "honest"
# tries = "writes to stderr and logs, also past Python"
# base = "solved"
# points = 100
import logging
import os
import sys

import numpy as np

print("error: none really", file=sys.stderr)
os.write(2, b"a library's own chatter\n")
os.system("echo from a shell >&2")
logging.basicConfig(level=logging.DEBUG)


def match_score(patch, filt):
    logging.error("in match_score")
    return float(np.mean(np.asarray(patch, float) * np.asarray(filt, float)))
