"""Code written into the check cell above the call of `check`."""


def change(nb):
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return mean_product(patch, filt)"
    nb["check-1-1"] = (
        "def mean_product(a, b):\n    return float(np.mean(np.multiply(a, b, dtype=float)))\n\n"
        + nb["check-1-1"]
    )
