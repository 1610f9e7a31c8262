"""Hidden checks of 1.3."""

import numpy as np

from nablab.checking import close, exercise, holds, rounding
from nablab.reference.convolution import convolve2d_valid


@exercise("1.3", stage="oracle")
def test_convolutions_of_any_shape(student, rng):
    """Images and filters of any shape, even sides among them"""
    for shape, sides in (((13, 7), (4, 3)), ((11, 17), (2, 5)), ((5, 7), (5, 7)), ((8, 9), (3, 3))):
        img, filt = rng.normal(size=shape), rng.normal(size=sides)
        close(
            student.convolve_valid(img, filt),
            convolve2d_valid(img, filt),
            f"An image {shape} and a filter {sides}.",
            atol=rounding(convolve2d_valid, img, filt),
        )


@exercise("1.3")
def test_with_a_border_of_zeros_the_two_may_change_places(student, rng):
    """With a border of zeros wide enough, image and filter may change places"""
    a, b = rng.normal(size=(5, 4)), rng.normal(size=(2, 3))
    around_a, around_b = (np.pad(x, [(n - 1, n - 1) for n in y.shape]) for x, y in ((a, b), (b, a)))
    expected = convolve2d_valid(around_a, b)
    atol = rounding(convolve2d_valid, around_a, b)
    close(student.convolve_valid(around_a, b), expected, atol=atol)
    close(
        student.convolve_valid(around_b, a),
        expected,
        "With image and filter exchanged.",
        atol=atol,
    )


@exercise("1.3", stage="probe")
def test_a_bright_pixel_anywhere_gives_the_filter(student, rng):
    """A single bright pixel gives back the filter as it is"""
    (H, W), (kh, kw) = (11, 13), (4, 3)
    r, c = rng.integers(kh - 1, H - kh + 1), rng.integers(kw - 1, W - kw + 1)
    img, filt = np.zeros((H, W)), rng.normal(size=(kh, kw))
    img[r, c] = 1
    expected = np.zeros((H - kh + 1, W - kw + 1))
    expected[r - kh + 1 : r + 1, c - kw + 1 : c + 1] = filt
    close(student.convolve_valid(img, filt), expected)


@exercise("1.3")
def test_the_word_for_what_keras_computes(student):
    """The word for what Keras computes is the right one of the two"""
    word = student.WHICH_DOES_KERAS
    holds(
        isinstance(word, str) and word == "correlation",
        "Compare Keras's answer in the text with the two rows of the table.",
        got=word,
    )
