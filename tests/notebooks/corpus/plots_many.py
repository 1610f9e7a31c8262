"""Many figures, none of them closed."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
for n in range(30):
    plt.figure()
    plt.plot(range(n))
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
