"""All cells have lost their ids and keep nbgrader's metadata."""


def change(nb):
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"c{number}"
