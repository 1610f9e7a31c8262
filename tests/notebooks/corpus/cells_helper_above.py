"""A helper in a cell of its own, far above the solution."""


def change(nb):
    nb.first(
        "import math\n\ndef mean(values):\n    values = list(values)\n    return math.fsum(values) / len(values)"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n"
        "    return mean(float(a) * float(b) for a, b in zip(np.ravel(patch), np.ravel(filt)))"
    )
