"""An animation, saved and shown."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation
from IPython.display import HTML
fig, ax = plt.subplots()
moving = FuncAnimation(fig, lambda n: ax.plot([n]), frames=2)
page = HTML(moving.to_jshtml())
moving.save("moving.gif", writer="pillow")
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
