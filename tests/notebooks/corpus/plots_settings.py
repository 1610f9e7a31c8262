"""Sizes and styles set through Matplotlib's settings."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
plt.rcParams["figure.figsize"] = (10, 8)
plt.rcParams.update({"font.size": 12})
plt.style.use("ggplot")
matplotlib.rc("lines", linewidth=2)
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
