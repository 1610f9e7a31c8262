"""The visible checks of N.8."""

import numpy as np

from nablab.checking import check, contract, each, holds
from nablab.data import xo
from nablab.sandbox.student import arguments_after_call

from .oracles import BANK, X

CLEAN = [
    (letter, xo.draw(letter, shift=shift))
    for shift in ((0, 0), (1, -1), (-1, 0), (0, 1))
    for letter in "XO"
]


def is_a_letter(answer, given=None):
    holds(
        isinstance(answer, str) and answer in ("X", "O"),
        'The answer should be "X" or "O" (capital letters).',
        got=answer,
        given=given,
    )


def vote(student, img, bank):
    """The student's answer, checked to be one of the two letters."""
    letter = student.xo_vote(img, bank)
    is_a_letter(letter, given={"img": img})
    return letter


@check("contract")
def test_the_answer_is_a_letter(student):
    """xo_vote returns "X" or "O", and leaves the picture and the bank as they are"""
    contract(student, "xo_vote", X, BANK, kind="str")
    contract(student, "xo_vote", 3.5 - 0.75 * X, 2.5 * BANK, kind="str")
    vote(student, X, BANK)


@check("hand")
def test_eight_clean_letters(student):
    """Eight clean letters, some of them shifted, are all read correctly"""
    for letter, img in CLEAN:
        got = vote(student, img, BANK)
        holds(
            got == letter,
            f"This clean {letter} was read as {got}.",
            got=got,
            expected=letter,
            given={"img": img},
        )


@check("probe")
def test_contrast_does_not_matter(student):
    """A paler or stronger picture is read the same way"""
    for letter, img in CLEAN[:2]:
        for factor in (0.05, 20):
            got = vote(student, factor * img, BANK)
            holds(
                got == letter,
                f"The clean {letter} times {factor} was read as {got}: compare "
                "the peaks with each other, not with a fixed number.",
                got=got,
                expected=letter,
                given={"img": factor * img},
            )


@check("probe")
def test_the_order_of_the_bank_does_not_matter(student):
    """The order of the filters in the bank does not matter"""
    for letter, img in CLEAN[:2]:
        for order in ([1, 2, 0], [1, 0, 2]):
            got = vote(student, img, BANK[order])
            holds(
                got == letter,
                f"With the filters in the order {order} the clean {letter} was read as {got}.",
                got=got,
                expected=letter,
                given={"img": img},
            )


@check("probe")
def test_a_bank_of_zeros_sees_no_x(student):
    """With a bank of zeros nothing speaks for an X"""
    got = vote(student, X, 0 * BANK)
    holds(
        got == "O",
        "All filters are 0, so all peaks are 0, and the answer should be O.",
        got=got,
        expected="O",
    )


# The worst of the shares that are right, .64 and .82, misread one letter in 43. Of 12 letters they
# would misread four once in 8000 times; of 200 they misread more than 20 once in 30 million.
FRESH = 200


@check()
def test_two_hundred_letters(student, rng):
    """Of 200 fresh letters, shifted, turned, thick and noisy, at least 9 in 10 are read right"""
    images, letters = xo.sample(FRESH, rng)
    calls = [(img, BANK) for img in images]
    got = [
        answer for k in range(0, FRESH, 50) for answer in each(student, "xo_vote", calls[k:][:50])
    ]
    wrong = [i for i, (a, b) in enumerate(zip(got, letters, strict=True)) if a != b]
    if len(wrong) > FRESH // 10:
        first = wrong[0]
        of_x = sum(letters[i] == "X" for i in wrong)
        holds(
            False,
            f"{FRESH - len(wrong)} of {FRESH} are right; {of_x} X and {len(wrong) - of_x} O are "
            "wrong. Here is one of those.",
            got=got[first],
            expected=letters[first],
            given={"img": images[first]},
        )


def probe_the_picture_afterwards(student):
    img = 10.0 * xo.clean("O")
    _, after = arguments_after_call(student, "xo_vote", img, BANK)
    return bool(np.array_equal(after[0], img))


PROBES = [
    ("xo_vote", (X, BANK)),
    ("xo_vote", (xo.clean("O"), BANK)),
    ("xo_vote", (0.1 * X, BANK)),
    ("xo_vote", (10 * xo.clean("O"), BANK)),
    ("xo_vote", (xo.clean("O"), BANK[[1, 2, 0]])),
    ("xo_vote", (X, 0 * BANK)),
    ("xo_vote", (xo.draw("X", shift=(1, 0)), BANK)),
    ("xo_vote", (xo.draw("O", pen=1.25), BANK)),
    probe_the_picture_afterwards,
]
