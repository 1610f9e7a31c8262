# family = "hogs"
# tries = "keeps as many processes busy as it may have, while its neighbour is graded"
# points = 0
# says = "more than"
import os


def burn():
    while True:
        pass


def match_score(patch, filt):
    for _ in range(14):
        try:
            if os.fork() == 0:
                burn()
        except OSError:
            break
    burn()
