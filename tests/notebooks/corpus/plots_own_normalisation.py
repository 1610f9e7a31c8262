"""A class that inherits from one of Matplotlib's."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
from matplotlib.colors import Normalize

class Middle(Normalize):
    def __call__(self, value, clip=None):
        return np.interp(value, [self.vmin, self.vmax], [0, 1])

assert float(Middle(0, 2)(1)) == 0.5
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
