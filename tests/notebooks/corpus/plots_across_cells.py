"""A figure does not outlive its cell: the next cell begins a new one."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
plt.plot([1, 2])
first = plt.gcf()
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.before("ex-1-1", "assert plt.gcf() is not first and not plt.gca().lines")
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
