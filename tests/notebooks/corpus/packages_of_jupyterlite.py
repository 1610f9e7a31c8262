"""Packages installed in the browser, awaited at the top level."""

HERE = ("piplite",)


def change(nb):
    nb.first("import piplite\nawait piplite.install(['numpy'])\nimport math")
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
