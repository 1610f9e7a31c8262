"""nbformat written as 4.0, and its minor version as 2.0."""


def change(nb):
    pass


def saved(nb):
    return (nb.text()[: -len("}")].replace('"nbformat": 4,', '"nbformat": 4.0,') + "}").encode()
