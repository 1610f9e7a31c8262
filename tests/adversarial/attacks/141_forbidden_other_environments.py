# family = "forbidden"
# tries = "takes the block out and imports what is forbidden from the packages of another Python"
# points = 0
# says = "not there|ModuleNotFoundError|ImportError"
# %% 1.2
import os
import sys

sys.meta_path[:] = [one for one in sys.meta_path if type(one).__name__ != "Block"]


def correlate_valid(img, filt):
    for folder, names, _ in os.walk("/"):
        if folder.startswith("/proc"):
            names[:] = []
        elif folder.endswith("-packages") and os.path.isdir(f"{folder}/scipy/signal"):
            if os.listdir(f"{folder}/scipy/signal"):
                sys.path.insert(0, folder)
                found = __import__("scipy." + "signal", fromlist=["x"])
                return found.correlate2d(img, filt, "valid")
    raise ImportError("not there")
