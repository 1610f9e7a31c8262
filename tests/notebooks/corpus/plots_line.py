"""The one line of a plot, unpacked, and its data."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
line, = plt.plot([1, 2, 3])
assert len(line.get_xdata()) == 3
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
