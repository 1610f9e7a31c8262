"""A helper that the solution calls stands between the solution and its check."""


def change(nb):
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return mean_product(patch, filt)"
    nb.before(
        "check-1-1",
        "def mean_product(a, b):\n    return float(np.mean(np.multiply(a, b, dtype=float)))",
    )
