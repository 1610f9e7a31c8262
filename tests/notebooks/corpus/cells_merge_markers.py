"""Git's merge markers within a cell."""

FAILS = ("1.1",)


def change(nb):
    nb["ex-1-1"] = "<<<<<<< HEAD\n" + nb["ex-1-1"] + "\n=======\npass\n>>>>>>> theirs"
