"""A solution's cell pasted twice with its metadata: the right one, then a wrong one above the check."""

FAILS = ("1.1",)


def change(nb):
    last = nb.copy("ex-1-1") | {"source": "def match_score(patch, filt):\n    return 0.0"}
    nb.cells.insert(nb.at("check-1-1"), last)
