"""What `plt.hist` returns is unpacked and used."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
counts, edges, patches = plt.hist(np.arange(10))
assert counts.sum() == 10
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
