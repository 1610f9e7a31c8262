"""Hidden checks of 1.2."""

import numpy as np

from nablab.checking import close, exercise, rounding
from nablab.reference.convolution import correlate2d_valid


@exercise("1.2", stage="oracle")
def test_images_and_filters_of_any_shape(student, rng):
    """Images and filters of any shape, even sides among them"""
    for shape, sides in (
        ((13, 7), (4, 3)),
        ((11, 17), (2, 5)),
        ((19, 5), (1, 4)),
        ((5, 7), (5, 7)),
    ):
        img, filt = rng.normal(size=shape), rng.normal(size=sides)
        close(
            student.correlate_valid(img, filt),
            correlate2d_valid(img, filt),
            f"An image {shape} and a filter {sides}.",
            atol=rounding(correlate2d_valid, img, filt),
        )


@exercise("1.2", stage="probe")
def test_a_bright_pixel_anywhere_gives_the_turned_filter(student, rng):
    """A single bright pixel gives back the filter, turned by 180°"""
    (H, W), (kh, kw) = (11, 13), (3, 4)
    r, c = rng.integers(kh - 1, H - kh + 1), rng.integers(kw - 1, W - kw + 1)
    img, filt = np.zeros((H, W)), rng.normal(size=(kh, kw))
    img[r, c] = 1
    expected = np.zeros((H - kh + 1, W - kw + 1))
    expected[r - kh + 1 : r + 1, c - kw + 1 : c + 1] = filt[::-1, ::-1]
    close(student.correlate_valid(img, filt), expected)


@exercise("1.2")
def test_it_is_linear_in_the_image_and_in_the_filter(student, rng):
    """The map of a weighted sum is the weighted sum of the maps, for images and for filters"""
    a, b = rng.normal(size=(2, 9, 7))
    f, g = rng.normal(size=(2, 3, 2))
    p, q = rng.uniform(1, 3, size=2)
    af, bf, ag = correlate2d_valid(a, f), correlate2d_valid(b, f), correlate2d_valid(a, g)
    close(
        student.correlate_valid(p * a + q * b, f),
        p * af + q * bf,
        "Two images.",
        atol=rounding(correlate2d_valid, p * a + q * b, f),
    )
    close(
        student.correlate_valid(a, p * f - q * g),
        p * af - q * ag,
        "Two filters.",
        atol=rounding(correlate2d_valid, a, p * f - q * g),
    )


@exercise("1.2")
def test_a_shifted_image_gives_a_shifted_map(student, rng):
    """Shift the image and the map shifts with it"""
    img, filt = rng.normal(size=(17, 11)), rng.normal(size=(2, 5))
    down, right = rng.integers(1, 4, size=2)
    whole = correlate2d_valid(img, filt)
    got = student.correlate_valid(img[down:, :-right], filt)
    close(got, whole[down:, :-right], atol=rounding(correlate2d_valid, img, filt))


@exercise("1.2")
def test_negative_whole_and_byte_images(student, rng):
    """Images of negative numbers, of whole numbers with ties, and of bytes"""
    filt = rng.normal(size=(4, 3)) + 0.3
    for img in (
        -1 - rng.random((7, 11)),
        rng.integers(-2, 3, size=(7, 11)),
        rng.integers(0, 256, size=(7, 11)).astype(np.uint8),
    ):
        close(
            student.correlate_valid(img, filt),
            correlate2d_valid(img, filt),
            f"An image of {img.dtype} numbers.",
            atol=rounding(correlate2d_valid, img, filt),
        )
