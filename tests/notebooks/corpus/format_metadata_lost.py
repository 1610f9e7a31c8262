"""All cells have lost their metadata and keep their ids."""


def change(nb):
    nb.json["metadata"] = {}
    for cell in nb.cells:
        cell["metadata"] = {}
