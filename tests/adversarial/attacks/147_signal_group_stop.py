# family = "signals"
# tries = "stops every process of its group, so that the worker answers nobody any more"
# at_most = 1.2
import os
import signal


def match_score(patch, filt):
    os.kill(0, signal.SIGSTOP)
    return 1.0
