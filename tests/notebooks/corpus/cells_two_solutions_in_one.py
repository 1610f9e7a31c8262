"""Two solutions in one cell, and nothing in the other's."""


def change(nb):
    nb["ex-1-1"] += "\n\n" + nb["ex-1-2"]
    nb.remove("ex-1-2")
