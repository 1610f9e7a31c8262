"""A solution pasted with Python's prompts; nothing in it has an equals sign."""


def change(nb):
    nb["ex-1-1"] = (
        (
            ">>> def match_score(patch, filt):\n"
            "...     return float(np.mean(np.multiply(patch, filt, dtype='float64'.strip())))\n"
        )
        .replace("dtype='float64'.strip()", "")
        .replace(", )", ")")
    )
