"""A solution's cell split in two: the part below has no id of the lab's."""


def change(nb):
    right = nb["ex-1-2"]
    nb["ex-1-2"] = "from itertools import product as pairs"
    nb.after("ex-1-2", right + "\n\nassert pairs")
