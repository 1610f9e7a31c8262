"""The answer is an object that can be called, not a function."""


def change(nb):
    nb["ex-1-1"] = (
        "class Score:\n    def __call__(self, patch, filt):\n"
        "        return float(np.mean(np.multiply(patch, filt, dtype=float)))\n\nmatch_score = Score()"
    )
