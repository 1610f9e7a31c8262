"""One exercise answered openly with a tool that it may use and the others may not."""

FAILS = ("1.3",)


def change(nb):
    nb.top("ex-1-3", "import keras")
