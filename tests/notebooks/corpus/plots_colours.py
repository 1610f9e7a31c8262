"""Colour maps sampled and compared."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
from matplotlib import cm, colors
assert len(plt.get_cmap("viridis")(0.5)) == 4
assert colors.to_rgb("red") == (1.0, 0.0, 0.0)
assert cm.ScalarMappable(cmap="gray").to_rgba(0.5)[3] == 1
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
