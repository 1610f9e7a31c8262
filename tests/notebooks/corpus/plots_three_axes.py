"""A figure with three axes, unpacked."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
fig, (left, middle, right) = plt.subplots(1, 3)
for ax, n in zip((left, middle, right), range(3)):
    ax.set_title(str(n))
fig.tight_layout()
plt.show()
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
