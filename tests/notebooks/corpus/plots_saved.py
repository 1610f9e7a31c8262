"""A picture saved and read again."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
plt.imshow(np.eye(4))
plt.savefig("mine.png")
assert plt.imread("mine.png").shape[2] == 4
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
