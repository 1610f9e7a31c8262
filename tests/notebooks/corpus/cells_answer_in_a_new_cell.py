"""The stub left as it is, and the answer in a new cell between it and the check."""


def change(nb):
    nb.before("check-1-4", nb["ex-1-4"])
    nb["ex-1-4"] = "def edge_filters():\n    raise NotImplementedError()"
