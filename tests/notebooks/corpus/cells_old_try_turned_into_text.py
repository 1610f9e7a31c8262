"""An old, wrong try kept as text in the solution's own cell, and the answer in a new code cell."""


def change(nb):
    right = nb["ex-1-1"]
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return 0.0"
    cell = nb.cells[nb.at("ex-1-1")]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    nb.before("ex-1-1", right)
