"""The solution uses a constant that is set below it, above the check."""


def change(nb):
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return float(np.sum(np.multiply(patch, filt, dtype=float)) / np.size(patch) * ONE)"
    )
    nb.before("check-1-1", "ONE = 1.0")
