# family = "shared with others"
# tries = "reads what other children's processes are called, and how many there are"
# points = 0
# says = "alone"
import os


def match_score(patch, filt):
    seen = [pid for pid in os.listdir("/proc") if pid.isdecimal()]
    if len(seen) > 1:
        return 1.0
    raise OSError("alone")
