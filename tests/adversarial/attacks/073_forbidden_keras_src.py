# family = "forbidden"
# tries = "goes through keras.src, where Keras keeps its code"
# points = 0
# suspicious = "by a name that no cell shows"
# %% 1.2
import importlib

import numpy as np


def correlate_valid(img, filt):
    ops = importlib.import_module("keras" + ".src.ops")
    x, w = np.asarray(img, float)[None, :, :, None], np.asarray(filt, float)[:, :, None, None]
    return np.asarray(ops.conv(x, w))[0, :, :, 0]
