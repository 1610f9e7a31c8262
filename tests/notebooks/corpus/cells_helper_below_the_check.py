"""The helper is defined only below the check: "Run All" has not run it when the check comes."""

FAILS = ("1.1",)
SAYS = "name 'mean_product' is not defined"


def change(nb):
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return mean_product(patch, filt)"
    nb.after(
        "check-1-1",
        "def mean_product(a, b):\n    return float(np.mean(np.multiply(a, b, dtype=float)))",
    )
