# family = "exhaustion"
# tries = "keeps its memory in anonymous files that it does not map"
# points = 0
# says = "PermissionError|MB of memory"
import os
import time


def match_score(patch, filt):
    held = []
    for _ in range(100):
        held.append(os.memfd_create("held"))
        os.write(held[-1], bytes(3 << 20))
    time.sleep(0.2)
    for descriptor in held:
        os.close(descriptor)
    raise RuntimeError("300 MB were held")
