"""nbformat written as "4"."""


def change(nb):
    pass


def saved(nb):
    nb.json["nbformat"], nb.json["nbformat_minor"] = "4", "0"
    return nb.text().encode()
