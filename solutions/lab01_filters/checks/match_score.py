"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, close, contract, rounding

from .oracles import BANK


def mean_product(patch, filt):
    return np.mean(patch * filt)


PATCH = np.array([[1, -1, 2], [0, 3, 1]])


FILT = np.array([[2, 1, 1], [5, 1, -2]])


@check("contract")
def test_match_score_returns_one_number(student):
    """match_score takes a patch and a filter and returns one number"""
    contract(student, "match_score", PATCH, FILT, shape=())


@check("hand")
def test_the_patch_of_the_text_scores_two_thirds(student):
    """The patch of the text scores 2/3"""
    close(
        student.match_score(PATCH, FILT),
        2 / 3,
        "Six products, which sum to 4.",
        given={"patch": PATCH, "filt": FILT},
    )


@check("probe")
def test_the_same_patch_the_negative_and_one_wrong_pixel(student):
    """A filter scores 1 on itself, −1 on its negative, and 7/9 with one pixel of nine flipped"""
    cross = BANK[1]
    flipped = cross.copy()
    flipped[2, 1] *= -1
    for patch, right, what in (
        (cross, 1, "the filter itself"),
        (-cross, -1, "its negative"),
        (flipped, 7 / 9, "the filter with one pixel flipped"),
    ):
        close(
            student.match_score(patch, cross),
            right,
            f"The patch is {what}.",
            given={"patch": patch, "filt": cross},
        )


@check()
def test_twice_the_brightness_scores_twice(student, rng):
    """A patch twice as bright scores twice as much"""
    patch, filt = rng.normal(size=(2, 5, 3)) + 0.5
    expected = np.array([1, 2, -3]) * mean_product(patch, filt)
    got = [student.match_score(factor * patch, filt) for factor in (1, 2, -3)]
    close(
        got,
        expected,
        "These are the scores of the patch times 1, 2 and −3.",
        atol=rounding(mean_product, patch, filt),
        given={"patch": patch, "filt": filt},
    )


PROBES = [("match_score", (PATCH, FILT)), ("match_score", (FILT - 3, PATCH))]
