"""Matplotlib's own widgets."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
from matplotlib.widgets import Button, Slider
fig, ax = plt.subplots()
slider = Slider(ax, "s", 0, 1, valinit=0.5)
assert slider.val == 0.5
slider.on_changed(print)
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
