"""A file saved in UTF-16, with a byte order mark."""


def change(nb):
    nb.top("ex-1-1", "# größer")


def saved(nb):
    return nb.text().encode("utf-16")
