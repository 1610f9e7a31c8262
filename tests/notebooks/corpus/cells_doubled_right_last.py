"""A solution's cell pasted twice with its metadata: a wrong try, then the right one."""


def change(nb):
    first = nb.copy("ex-1-1") | {"source": "def match_score(patch, filt):\n    return 0.0"}
    nb.cells.insert(nb.at("ex-1-1"), first)
