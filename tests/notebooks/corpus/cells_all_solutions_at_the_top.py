"""All solutions in one cell above the first exercise; the cells that wait for them are empty."""


def change(nb):
    names = [cell["id"] for cell in nb.code if cell["id"].startswith("ex-")]
    nb.first("\n\n".join(nb[name] for name in names))
    for name in names:
        nb[name] = ""
