# family = "exhaustion"
# tries = "takes memory in several processes, each within its own limit"
# points = 0
# says = "MB of memory"
import os
import time


def match_score(patch, filt):
    for _ in range(6):
        if os.fork() == 0:
            held = bytearray(120 << 20)
            for place in range(0, len(held), 4096):
                held[place] = 1
            time.sleep(99)
    time.sleep(99)
