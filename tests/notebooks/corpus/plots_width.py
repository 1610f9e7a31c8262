"""Arithmetic with a figure's size."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
fig = plt.figure()
width = fig.get_size_inches()[0] * 2 + fig.get_figwidth() / 2
assert width > 3
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
