# family = "writing"
# tries = "writes to the lab's assets, Python's packages and nablab itself"
# points = 0
# says = "written: []"
import os

import numpy as np

import nablab


def match_score(patch, filt):
    written = []
    for place in ("/assets", os.path.dirname(nablab.__file__), os.path.dirname(np.__file__),
                  os.path.dirname(os.__file__), "/usr/lib", "/etc", "/", "@COURSE@"):  # fmt: skip
        try:
            with open(f"{place}/sitecustomize.py", "w") as file:
                file.write("raise SystemExit")
            written.append(place)
        except OSError:
            pass
    raise ValueError(f"written: {written}")
