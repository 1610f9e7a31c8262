# family = "processes"
# tries = "leaves daemons behind that spin in sessions of their own"
# at_most = 1.2
import os
import signal

for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            while True:
                pass
        os._exit(0)


def match_score(patch, filt):
    return 1.0
