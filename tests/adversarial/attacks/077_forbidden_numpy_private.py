# family = "forbidden"
# tries = "finds the forbidden function of NumPy in the module where it is written"
# points = 0
# suspicious = "by a name that no cell shows"
# %% 1.2
import sys

import numpy as np

numeric = sys.modules.get("numpy._core.numeric") or sys.modules["numpy.core.numeric"]


def correlate_valid(img, filt):
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for u in range(kh):
            out[i] += numeric.correlate(img[i + u].astype(float), filt[u].astype(float), "valid")
    return out
