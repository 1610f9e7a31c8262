"""A check copied and run again below a corrected version: the second run counts."""


def change(nb):
    right = nb["ex-1-1"]
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return 0.0"
    again = nb.copy("check-1-1")
    nb.after("check-1-1", right)
    nb.cells.insert(nb.at("own1") + 1, again)
