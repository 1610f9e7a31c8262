"""The visible checks of N.7."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.data import syllables
from nablab.reference.cortex import time_delay

from .oracles import floats

_rng = np.random.default_rng(7)
X = _rng.normal(size=(9, 4))
W1, W2 = _rng.normal(size=(3, 4, 5)), _rng.normal(size=(2, 5, 3))


def right(student, x, w1, w2, says=""):
    close(
        floats(student.tdnn(x, w1, w2)),
        time_delay(x, w1, w2),
        says or f"x {np.shape(x)}, w1 {np.shape(w1)}, w2 {np.shape(w2)}.",
        atol=rounding(time_delay, x, w1, w2),
        constant=True,
    )


@check("contract")
def test_one_score_for_each_class(student):
    """tdnn returns one score for each class"""
    floats(contract(student, "tdnn", X, W1, W2, shape=(3,)))


@check("hand")
def test_the_syllable_of_the_text(student):
    """x = (0, 2, 1) has the scores (1.5, −0.5)"""
    x, w1, w2 = [[0], [2], [1]], [[[1]], [[-1]]], [[[3, -1]]]
    x, w1, w2 = np.array(x), np.array(w1), np.array(w2)
    close(student.tdnn(x, w1, w2), [1.5, -0.5], given={"x": x, "w1": w1, "w2": w2})


@check("probe")
def test_one_click(student):
    """A single click in one band, seen by two hidden units"""
    x = np.zeros((7, 3))
    x[3, 1] = 2
    w1 = np.zeros((2, 3, 2))
    w1[:, 1] = [[1, -1], [3, 0.5]]
    w2 = np.array([[[1.0, 0], [0, 2]], [[10, 0], [0, -3]], [[100, 1], [0, 0]]])
    right(student, x, w1, w2)


@check("probe")
def test_negative_sums(student):
    """Hidden sums below 0 become 0, scores below 0 do not"""
    right(student, np.abs(X), -np.abs(W1) + 0.9, -np.abs(W2))


@check()
def test_a_shift_within_silence_changes_nothing(student, rng):
    """A syllable with silence on both sides has the same scores wherever it comes"""
    w1, w2 = rng.normal(size=(3, syllables.BANDS, 4)), rng.normal(size=(5, 4, 3))
    for onset in (6, 8, 9):
        x = syllables.draw("bend", onset)
        close(
            student.tdnn(x, w1, w2),
            time_delay(syllables.draw("bend", 7), w1, w2),
            f"The syllable begins at step {onset}; expected is the score at step 7.",
            atol=rounding(time_delay, x, w1, w2),
        )


@check("oracle")
def test_any_sizes(student, rng):
    """Any numbers of steps, bands, units and classes; whole numbers, transposed views"""
    for T, D, k1, M, k2, C in ((11, 3, 2, 7, 4, 5), (8, 5, 4, 2, 1, 3), (6, 2, 3, 4, 4, 2)):
        right(student, rng.normal(size=(T, D)), rng.normal(size=(k1, D, M)),
              rng.normal(size=(k2, M, C)))  # fmt: skip
    right(student, rng.integers(-3, 4, size=(7, 4)), W1, W2, "Whole numbers.")
    right(student, *(np.asfortranarray(a) for a in (X, W1, W2)), "Transposed views.")


PROBES = [
    ("tdnn", (X, W1, W2)),
    ("tdnn", (X[::-1], -W1, W2)),
    ("tdnn", (np.asfortranarray(X), W1, W2)),
    ("tdnn", (_rng.integers(-3, 4, size=(8, 4)), W1, W2)),
]
