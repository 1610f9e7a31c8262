"""A solution that computes with a package of the student's machine alone: the page says which."""

HERE = ("pandas",)
LIMITED = {"1.1": "The package pandas is not installed where notebooks are graded"}


def change(nb):
    nb["ex-1-1"] = (
        "import pandas as pd\n\ndef match_score(patch, filt):\n    return pd.mean(np.multiply(patch, filt, dtype=float))"
    )
