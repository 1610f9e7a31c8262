"""`%%writefile` writes a module, and a solution imports it."""


def change(nb):
    nb.first(
        "%%writefile mine.py\nimport numpy as np\n\ndef mean_product(a, b):\n    return float(np.mean(np.multiply(a, b, dtype=float)))"
    )
    nb["ex-1-1"] = (
        "from mine import mean_product\n\ndef match_score(patch, filt):\n    return mean_product(patch, filt)"
    )
