# family = "timing"
# tries = "answers so slowly that the checks after it might go without time"
# base = "solved"
# points = 92
import time


def match_score(patch, filt):
    time.sleep(0.5)
    raise ValueError
