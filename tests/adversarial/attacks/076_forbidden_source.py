# family = "forbidden"
# tries = "loads the file of the library that does the work, under another name"
# points = 0
# %% 1.2
import importlib.machinery
import importlib.util
import os

import scipy

folder = os.path.join(os.path.dirname(scipy.__file__), "sig" + "nal")
found = next(
    os.path.join(folder, name) for name in os.listdir(folder) if name.startswith("_sigtools")
)
loader = importlib.machinery.ExtensionFileLoader("_sigtools", found)
tools = importlib.util.module_from_spec(importlib.util.spec_from_loader("_sigtools", loader))


def correlate_valid(img, filt):
    return tools._correlateND(img, filt, None, 0)
