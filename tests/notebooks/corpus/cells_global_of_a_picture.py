"""A solution's function looks a name up, when called, that one of the lab's picture cells binds."""


def change(nb):
    nb.swap(
        "ex-1-7",
        "x = np.maximum(",
        "assert red_edge.shape[0] == 3 and len(colours)\n    x = np.maximum(",
    )
