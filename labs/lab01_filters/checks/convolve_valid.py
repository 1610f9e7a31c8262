"""The visible checks of 1.3."""

import numpy as np

from nablab.checking import check, close, contract, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import convolve2d_valid, correlate2d_valid

from .oracles import SMALL, TURNABLE


@check("contract")
def test_a_map_and_a_word(student):
    """convolve_valid returns a map, and WHICH_DOES_KERAS is one of the two words"""
    img = np.arange(35.0).reshape(5, 7) % 4
    contract(student, "convolve_valid", img, np.array([[1.0, 2, 0], [-1, 3, 1]]), shape=(4, 5))
    word = student.WHICH_DOES_KERAS
    holds(
        isinstance(word, str) and word in ("correlation", "convolution"),
        'Set WHICH_DOES_KERAS to "correlation" or "convolution".',
        got=word,
    )


@check("hand")
def test_the_row_of_the_text(student):
    """The row (1, 2, 3, 4) and the filter (1, 10, 100) give 123, 234"""
    img, filt = np.array([[1, 2, 3, 4]]), np.array([[1, 10, 100]])
    close(student.convolve_valid(img, filt), [[123, 234]], given={"img": img, "filt": filt})
    img, filt = img.T, filt.T
    close(
        student.convolve_valid(img, filt),
        [[123], [234]],
        "The same, written as columns.",
        given={"img": img, "filt": filt},
    )


@check("hand")
def test_what_keras_computes(student):
    """WHICH_DOES_KERAS fits Keras's answer on that row, 321, 432"""
    word = student.WHICH_DOES_KERAS
    holds(
        isinstance(word, str) and word == "correlation",
        "Keras answers 321 at the first place. Work out both sums there: in which of them does "
        "the filter's first entry, 1, meet the image's first pixel, 1?",
        got=word,
    )


@check("probe")
def test_one_bright_pixel_gives_the_filter(student):
    """A single bright pixel gives back the filter as it is"""
    img = np.zeros((7, 5))
    img[4, 2] = 1
    filt = np.array([[1.0, 2], [3, 4], [5, 6]])
    expected = np.zeros((5, 4))
    expected[2:5, 1:3] = filt
    close(student.convolve_valid(img, filt), expected, given={"img": img, "filt": filt})


@check()
def test_the_turn_matters_only_if_the_filter_changes(student, rng):
    """It equals correlation if a half turn leaves the filter unchanged, and only then"""
    img, filt = rng.normal(size=(7, 6)), rng.normal(size=(3, 2))
    symmetric = filt + filt[::-1, ::-1]
    close(
        student.convolve_valid(img, symmetric),
        correlate2d_valid(img, symmetric),
        "The filter is the same after half a turn.",
        atol=rounding(correlate2d_valid, img, symmetric),
        given={"img": img, "filt": symmetric},
    )
    got = as_numbers(student.convolve_valid(img, filt))
    unturned = correlate2d_valid(img, filt)
    holds(
        got.shape != unturned.shape or not np.allclose(got, unturned),
        "This filter changes when it is turned, but the result is still that of correlation.",
        got=got,
        given={"img": img, "filt": filt},
    )


@check("oracle")
def test_convolution_of_any_shape(student, rng):
    """Images and filters of any shape"""
    for shape, sides in (((7, 11), (2, 5)), ((11, 6), (4, 3))):
        img, filt = rng.normal(size=shape), rng.normal(size=sides)
        close(
            student.convolve_valid(img, filt),
            convolve2d_valid(img, filt),
            f"Image {shape}, filter {sides}.",
            atol=rounding(correlate2d_valid, img, filt),
            given={"img": img, "filt": filt},
        )


PROBES = [
    ("convolve_valid", (SMALL, TURNABLE)),
    ("convolve_valid", (SMALL.T, TURNABLE)),
    "WHICH_DOES_KERAS",
]
