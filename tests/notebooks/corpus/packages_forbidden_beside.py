"""A cell that is not judged compares with a package that the exercise forbids, above an import."""


def change(nb):
    nb.first(
        "from scipy.signal import correlate2d\nimport scipy.signal\nprint(correlate2d(np.eye(4), np.eye(2), mode='valid'))\ncompared = scipy.signal.correlate2d(np.eye(4), np.eye(2))\nimport math"
    )
    nb["ex-1-1"] = (
        "def match_score(patch, filt):\n    return math.fsum(np.ravel(np.multiply(patch, filt, dtype=float))) / np.size(patch)"
    )
