# family = "forbidden"
# tries = "imports it by importlib"
# points = 0
# suspicious = "by a name that no cell shows"
# %% 1.2
import importlib

correlate2d = importlib.import_module("scipy." + "signal").correlate2d


def correlate_valid(img, filt):
    return correlate2d(img, filt, "valid")
