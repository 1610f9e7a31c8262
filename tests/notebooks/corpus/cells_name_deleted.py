"""A name of the lab's is deleted before a solution needs it."""

FAILS = ("1.4", "1.5", "1.6", "1.7", "1.8")


def change(nb):
    nb.before("ex-1-4", "del np")
