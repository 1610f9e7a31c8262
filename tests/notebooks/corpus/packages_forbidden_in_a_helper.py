"""A helper in a cell of the student's own calls what the exercise forbids: `check` says so too."""

FAILS = ("1.1",)


def change(nb):
    nb.first(
        "import scipy.signal\n\ndef mean_product(a, b):\n    return float(scipy.signal.correlate2d(a, b, mode='valid')[0, 0]) / np.size(a)"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return mean_product(np.asarray(patch, float), np.asarray(filt, float))"
    )
