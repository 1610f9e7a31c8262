# family = "shared with others"
# tries = "writes into the folders that hide something from all children"
# points = 0
# says = "read-only"
import glob
import os
import sys


def match_score(patch, filt):
    hidden = ["/proc/sys/fs", "/proc/pressure", "/dev", "/usr/share/fonts"]
    hidden += glob.glob("/usr/lib/python3*/*-packages")
    hidden.append(os.path.join(os.path.dirname(sys.modules["nablab"].__file__), "reference"))
    for folder in hidden:
        try:
            open(os.path.join(folder, "mine"), "w").close()
            return 1.0
        except OSError:
            pass
    raise OSError("read-only")
