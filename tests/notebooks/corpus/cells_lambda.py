"""The answer is a lambda with an annotation."""


def change(nb):
    nb["ex-1-1"] = (
        "from collections.abc import Callable\n"
        "match_score: Callable = lambda patch, filt: float(np.mean(np.multiply(patch, filt, dtype=float)))"
    )
