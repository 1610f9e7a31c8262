"""Windows line ends in every cell, and in the file."""


def change(nb):
    for cell in nb.cells:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def saved(nb):
    return nb.text().replace("\n", "\r\n").encode()
