"""Interactive mode, pauses and figures that are closed by hand."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
plt.ion()
plt.plot([1])
plt.pause(0.01)
plt.draw()
plt.clf()
plt.close("all")
plt.ioff()
assert plt.get_fignums() == []
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
