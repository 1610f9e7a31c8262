# family = "forbidden"
# tries = "imports nablab's own reference"
# points = 0
# suspicious = "by a name that no cell shows"
# %% 1.2
import importlib

correlate2d = importlib.import_module("nablab.refer" + "ence.convolution").correlate2d_valid


def correlate_valid(img, filt):
    return correlate2d(img, filt)
