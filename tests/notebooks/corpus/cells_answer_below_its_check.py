"""The stub left empty, and the answer in a new cell below the check."""

DIFFERS = {"1.7": "The answer to exercise 1.7 is below its check cell"}


def change(nb):
    nb.after("check-1-7", nb["ex-1-7"])
    nb["ex-1-7"] = ""
