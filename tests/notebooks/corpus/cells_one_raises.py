"""A cell of the student's own raises; the student went on below it."""


def change(nb):
    nb.first("print('before')\n1 / 0")
