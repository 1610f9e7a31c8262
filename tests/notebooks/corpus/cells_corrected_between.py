"""A first try in the solution's cell, and a corrected version in a new cell above the check."""


def change(nb):
    right = nb["ex-1-2"]
    nb["ex-1-2"] = "def correlate_valid(img, filt):\n    return np.zeros((1, 1))"
    nb.before("check-1-2", right)
