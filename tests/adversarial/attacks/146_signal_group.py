# family = "signals"
# tries = "ends every process of its group, in which the worker that started it may be"
# at_most = 1.2
import os
import signal


def match_score(patch, filt):
    os.kill(0, signal.SIGKILL)
    return 1.0
