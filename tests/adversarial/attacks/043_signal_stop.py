# family = "signals"
# tries = "stops itself for ever and ignores every signal that it may"
# points = 0
import os
import signal
import time

for number in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(number, signal.SIG_IGN)


def match_score(patch, filt):
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        time.sleep(9)
