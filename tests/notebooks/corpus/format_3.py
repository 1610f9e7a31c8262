"""A notebook of nbformat 3."""


def change(nb):
    pass


def saved(nb):
    import nbformat

    old = nbformat.convert(nbformat.from_dict(nb.json), 3)
    return nbformat.writes(old, version=3).encode()
