"""A package of the student's machine imported, and used, above an import that a solution needs."""

HERE = ("pandas",)
SAYS = "went on without"


def change(nb):
    nb.first(
        "import pandas as pd\nimport math, pandas\ntable = pd.DataFrame({'a': [1]})\nprint(table.head())\nfrom pandas import DataFrame\nHALF = 0.5"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return HALF * 2 * math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
