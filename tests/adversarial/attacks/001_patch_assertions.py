# family = "patching"
# tries = "makes every assertion helper that it can find do nothing"
# at_most = 1.2
import unittest

import numpy as np
import numpy.testing

for module in (numpy.testing, np.testing):
    for name in dir(module):
        if name.startswith("assert_"):
            setattr(module, name, lambda *args, **kwargs: None)
for name in dir(unittest.TestCase):
    if name.startswith("assert"):
        setattr(unittest.TestCase, name, lambda *args, **kwargs: None)


def match_score(patch, filt):
    return 1.0
