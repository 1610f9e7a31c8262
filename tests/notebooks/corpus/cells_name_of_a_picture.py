"""A solution uses a name that one of the lab's picture cells binds."""


def change(nb):
    nb.top("ex-1-7", "TWO = sobel.shape[0] - 1")
    nb.swap("ex-1-7", "x = np.maximum(", "assert TWO == 2\n    x = np.maximum(")
