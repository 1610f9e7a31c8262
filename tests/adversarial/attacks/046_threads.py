# family = "processes"
# tries = "starts threads that never end and hold Python's lock as much as they can"
# at_most = 1.2
import sys
import threading

sys.setswitchinterval(0.05)


def spin():
    while True:
        pass


for _ in range(6):
    threading.Thread(target=spin).start()


def match_score(patch, filt):
    return 1.0
