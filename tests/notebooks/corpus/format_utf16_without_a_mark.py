"""A file saved in UTF-16, big-endian, without a byte order mark."""


def change(nb):
    pass


def saved(nb):
    return nb.text().encode("utf-16-be")
