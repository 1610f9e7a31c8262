"""The student's setup gives a name of the lab's another value, which the answer then uses."""


def change(nb):
    nb["setup-1-0-1"] += "\nBANK = 1.0"
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return float(np.mean(np.multiply(patch, filt, dtype=float))) * BANK"
    )
