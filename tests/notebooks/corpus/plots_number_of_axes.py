"""The number of axes counted, and an array of them indexed."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
fig, axes = plt.subplots(2, 2)
assert len(axes) == 2 and axes[0, 1] is not axes[1, 0]
assert len(fig.axes) == 4
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
