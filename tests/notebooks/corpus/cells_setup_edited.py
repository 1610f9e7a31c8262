"""An import and a constant added to the lab's setup cell."""


def change(nb):
    nb["setup-1-0-1"] += "\nimport math\nHALF = 0.5"
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n"
        "    products = np.ravel(np.multiply(patch, filt, dtype=float))\n"
        "    return math.fsum(products) / (products.size * HALF * 2)"
    )
