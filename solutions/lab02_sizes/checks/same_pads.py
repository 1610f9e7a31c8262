"""The visible checks of N.2."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.sizes import same_pads

from .oracles import RAMP_FILTER, arguments

IN_ORDER = ("n", "k", "s", "dilation")


def two_counts(got, call):
    """What same_pads returned for a call, checked to be two whole numbers that are not negative."""
    given = dict(zip(IN_ORDER, call, strict=False))
    pads = as_numbers(got, given=given)
    holds(pads.shape == (2,), "Return two numbers: `return before, after`.", got=got, given=given)
    holds(
        pads.dtype.kind in "iu" or np.all(pads == np.round(pads)),
        "There are no half zeros: both numbers should be whole.",
        got=got,
        given=given,
    )
    holds(pads.min() >= 0, "There cannot be fewer than 0 zeros.", got=got, given=given)
    holds(pads.max() <= 1000, "So many zeros are never needed.", got=got, given=given)
    return tuple(int(pad) for pad in pads)


def pads_of(student, *call):
    return two_counts(student.same_pads(*call), call)


def pads_are_right(student, calls):
    for call in calls:
        says = f"same_pads({arguments(IN_ORDER, call)})."
        equal(pads_of(student, *call), same_pads(*call), says)


@check("contract")
def test_same_pads_returns_two_whole_numbers(student):
    """same_pads returns two whole numbers, before and after"""
    pads_of(student, 7, 3, 2, 1)
    contract(student, "same_pads", 7, 3, 2, 1, shape=(2,), kind="int")


@check("hand")
def test_six_and_seven_pixels(student):
    """A window of 3 in steps of 2: (0, 1) on 6 pixels and (1, 1) on 7"""
    pads_are_right(student, [(6, 3, 2), (7, 3, 2)])


@check("hand")
def test_the_outputs_of_the_text(student):
    """With your zeros the ramps give 210, 432, 54 and 100, 321, 543, 65"""
    for n, expected in ((6, [210, 432, 54]), (7, [100, 321, 543, 65])):
        before, after = pads_of(student, n, 3, 2)
        padded = np.pad(np.arange(n), (before, after))
        got = [int(padded[i : i + 3] @ RAMP_FILTER) for i in range(0, len(padded) - 2, 2)]
        equal(got, expected, "What comes out with your zeros.", given={"padded": padded})


@check("probe")
def test_an_even_window(student):
    """If the number of zeros is odd, the larger half goes after"""
    pads_are_right(student, [(7, 2, 1), (9, 4, 1), (10, 6, 1)])


@check("probe")
def test_a_stride_larger_than_the_window(student):
    """A stride larger than the window needs no zeros where nothing sticks out"""
    pads_are_right(student, [(8, 1, 4), (11, 2, 5), (12, 3, 5), (10, 2, 4)])


@check("probe")
def test_dilation_widens_the_window(student):
    """With dilation the span counts instead of the window"""
    pads_are_right(student, [(11, 3, 1, 2), (10, 4, 1, 3), (9, 2, 1, 5)])


@check("oracle")
def test_the_same_windows_as_keras(student, rng):
    """Your zeros and windows without padding give what padding "same" gives"""
    for n, k, s, d in ((13, 5, 3, 1), (12, 4, 3, 1), (11, 6, 2, 1), (17, 3, 1, 4), (7, 11, 2, 1)):
        same_as_same(rng, (n, k, s, d), pads_of(student, n, k, s, d))


def same_as_same(rng, call, pads):
    """Windows without padding, on a row with these zeros, give what padding "same" gives."""
    n, k, s, d = call
    x, w = rng.normal(size=n), rng.normal(size=k)
    given = dict(zip(IN_ORDER, call, strict=True)) | {"your pads": pads}
    padded = np.pad(x, pads)
    holds(
        len(padded) > d * (k - 1),
        "With your zeros the window does not even fit once.",
        got=pads,
        given=given,
    )
    close(
        conv_nd(padded[None, :, None], w[:, None, None], strides=s, dilation=d)[0, :, 0],
        conv_nd(x[None, :, None], w[:, None, None], strides=s, dilation=d, padding="same")[0, :, 0],
        'A correlation of the row with your zeros, compared with padding "same".',
        given=given,
    )


PROBES = [
    ("same_pads", call)
    for call in ((6, 3, 2), (7, 3, 2), (9, 4, 1), (8, 1, 4), (11, 3, 1, 2), (12, 6, 5))
]
