"""`sys.exit()` in the middle of a cell of the student's own."""


def change(nb):
    nb.first("import sys\nsys.exit()\nnever = 1")
