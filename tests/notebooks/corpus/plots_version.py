"""Matplotlib's version compared."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
assert tuple(map(int, matplotlib.__version__.split(".")[:2])) > (2, 0)
assert matplotlib.__version__ >= "2.0"
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
