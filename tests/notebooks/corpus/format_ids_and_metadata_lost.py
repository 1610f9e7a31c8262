"""Cells without ids and metadata, with a cell of the student's own among them."""


def change(nb):
    nb.first("import math")
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
    nb.before("check-1-2", "import keyword")
    nb.top("ex-1-3", "assert keyword")
    for number, cell in enumerate(nb.cells):
        cell["id"], cell["metadata"] = f"c{number}", {}
