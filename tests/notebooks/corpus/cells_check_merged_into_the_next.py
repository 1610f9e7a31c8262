"""A check merged with the cell below it."""


def change(nb):
    nb.after("check-1-1", "extra = 1")
    nb["check-1-1"] += "\nextra = 1"
    nb.remove("own1")
