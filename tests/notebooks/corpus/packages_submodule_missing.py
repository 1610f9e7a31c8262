"""A part of a package that does not exist is an error, in a kernel and in the jail."""

FAILS = ("1.1",)


def change(nb):
    nb.top("ex-1-1", "import numpy.no_such_part")
