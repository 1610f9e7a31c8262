"""A check cell was deleted."""

DIFFERS = {"1.7": "The check cell of exercise 1.7 is missing"}


def change(nb):
    nb.remove("check-1-7")
