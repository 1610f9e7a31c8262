"""A solution's cell that is indented as a whole, without an equals sign in it."""


def change(nb):
    nb["ex-1-1"] = (
        "    def match_score(patch, filt):\n        return float(np.mean(np.multiply(patch, filt)))"
    )
