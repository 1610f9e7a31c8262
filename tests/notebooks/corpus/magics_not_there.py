"""Magics of another machine's, each in a cell of its own."""


def change(nb):
    nb.first("%load_ext a_package_of_another_machine")
    nb.before("ex-1-1", "%tensorflow_version 2.x")
    nb.before("ex-1-1", "%%cython\ncdef int x = 1")
