"""An old, wrong try kept at the end of the notebook in a copy of the solution's cell."""


def change(nb):
    nb.cells.append(nb.copy("ex-1-1") | {"source": "def match_score(patch, filt):\n    return 0.0"})
