"""A colour bar beside its picture, and axes in three dimensions."""

CELL = """\
import matplotlib
import matplotlib.pyplot as plt
from mpl_toolkits.axes_grid1 import make_axes_locatable
from mpl_toolkits.mplot3d import Axes3D
fig, ax = plt.subplots()
cax = make_axes_locatable(ax).append_axes("right", size="5%")
fig.colorbar(ax.imshow(np.eye(3)), cax=cax)
fig.add_subplot(projection="3d")
ONE = 1.0
"""


def change(nb):
    nb.first(CELL)
    nb.swap("ex-1-1", "return float(", "return ONE * float(")
