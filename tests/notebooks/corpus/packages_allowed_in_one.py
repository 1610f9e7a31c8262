"""One exercise uses openly, also at the top of its cell, what another exercise forbids."""


def change(nb):
    nb["ex-1-1"] = (
        "ONES = np.convolve([1.0], [1.0])\n\ndef match_score(patch, filt):\n"
        "    both = np.ravel(np.asarray(patch, float)), np.ravel(np.asarray(filt, float))\n"
        "    return float(np.convolve(both[0], both[1][::-1], 'valid')[0] * ONES[0]) / both[0].size"
    )
