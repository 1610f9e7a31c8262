"""A cell raises above the helper that it was to define: the failure names the cell and the line."""

FAILS = ("1.1",)
SAYS = "because line 2 of your cell"


def change(nb):
    nb.first(
        "n = 3\nn.shape\ndef mean_product(a, b):\n    return float(np.mean(np.multiply(a, b)))"
    )
    nb["ex-1-1"] = "def match_score(patch, filt):\n    return mean_product(patch, filt)"
