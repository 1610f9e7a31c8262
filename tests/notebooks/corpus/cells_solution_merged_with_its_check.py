"""A solution's cell and its check merged into one cell, as "Merge cells" leaves them."""


def change(nb):
    nb["ex-1-2"] += "\n\n" + nb["check-1-2"]
    nb.remove("check-1-2")
