"""Warnings made errors before a plot is shown."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
import warnings
warnings.simplefilter("error")
plt.plot([1, 2])
plt.show()
warnings.simplefilter("default")
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
