"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.data import xo

X, BANK = xo.clean("X"), xo.bank()


X_UNDER_DIAGONAL = np.array(
    [
        [7, -1, 1, 3, 5, -1, 3],
        [-1, 9, -1, 3, -1, 1, -1],
        [1, -1, 9, -3, 1, -1, 5],
        [3, 3, -3, 5, -3, 3, 3],
        [5, -1, 1, -3, 9, -1, 1],
        [-1, 1, -1, 3, -1, 9, -1],
        [3, -1, 5, 3, 1, -1, 7],
    ]
)


SMALL = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]])


TURNABLE = np.array([[1.5, 2.0, -0.5], [0.25, 3.0, 1.0], [-2.0, 4.0, 0.75]])
