"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, holds, mutant, rounding, variant
from nablab.reference.convolution import convolve2d_valid, correlate2d_valid

from .building_blocks import correlate


@check("oracle")
def test_convolutions_of_any_shape(student, rng):
    """Images and filters of any shape, including even sides"""
    for shape, sides in (((13, 7), (4, 3)), ((11, 17), (2, 5)), ((5, 7), (5, 7)), ((8, 9), (3, 3))):
        img, filt = rng.normal(size=shape), rng.normal(size=sides)
        close(
            student.convolve_valid(img, filt),
            convolve2d_valid(img, filt),
            f"An image {shape} and a filter {sides}.",
            atol=rounding(convolve2d_valid, img, filt),
        )


@check()
def test_with_a_border_of_zeros_the_two_may_change_places(student, rng):
    """With a wide enough border of zeros, image and filter can be exchanged"""
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


@check("probe")
def test_a_bright_pixel_anywhere_gives_the_filter(student, rng):
    """A single bright pixel gives back the filter as it is"""
    (H, W), (kh, kw) = (11, 13), (4, 3)
    r, c = rng.integers(kh - 1, H - kh + 1), rng.integers(kw - 1, W - kw + 1)
    img, filt = np.zeros((H, W)), rng.normal(size=(kh, kw))
    img[r, c] = 1
    expected = np.zeros((H - kh + 1, W - kw + 1))
    expected[r - kh + 1 : r + 1, c - kw + 1 : c + 1] = filt
    close(student.convolve_valid(img, filt), expected)


@check()
def test_the_word_for_what_keras_computes(student):
    """WHICH_DOES_KERAS is the right word for what Keras computes"""
    word = student.WHICH_DOES_KERAS
    holds(
        isinstance(word, str) and word == "correlation",
        "Compare Keras's answer in the text with the two rows of the table.",
        got=word,
    )


# Mutants ------------------------------------------------------------------------------------------


@mutant("This is still correlation: the filter has not been turned.")
def forgets_to_turn(img, filt):
    return correlate2d_valid(img, filt)


@mutant(
    "Your filter is turned upside down but not left to right. Half a turn reverses both axes.",
)
def turns_rows_only(img, filt):
    return correlate2d_valid(img, np.asarray(filt)[::-1])


@mutant(
    "Your filter is turned left to right but not upside down. Half a turn reverses both axes.",
)
def turns_columns_only(img, filt):
    return correlate2d_valid(img, np.asarray(filt)[:, ::-1])


@mutant(
    "You have transposed the filter. Half a turn keeps rows as rows and reverses their order,"
    " and the order within each.",
)
def transposes(img, filt):
    return correlate2d_valid(img, np.asarray(filt).T)


@mutant("You have turned the image instead of the filter, so your map is turned by 180° too.")
def turns_the_image(img, filt):
    return correlate2d_valid(np.asarray(img)[::-1, ::-1], filt)


wrong_word = mutant(
    "Keras's 321 is 1·1 + 10·2 + 100·3: the filter's first entry meets the first pixel, so "
    "nothing was turned. Keras calls the layer a convolution and computes a correlation.",
    WHICH_DOES_KERAS="convolution",
)


# Variants -----------------------------------------------------------------------------------------


@variant("the sum of the definition, in loops")
def convolve_by_loops(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i, j in np.ndindex(out.shape):
        for u, v in np.ndindex(filt.shape):
            out[i, j] += img[i + u, j + v] * filt[kh - 1 - u, kw - 1 - v]
    return out


@variant("Fourier transform")
def convolve_by_fft(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    shape = tuple(a + b - 1 for a, b in zip(img.shape, filt.shape, strict=True))
    full = np.fft.irfft2(np.fft.rfft2(img, shape) * np.fft.rfft2(filt, shape), shape)
    return full[filt.shape[0] - 1 : img.shape[0], filt.shape[1] - 1 : img.shape[1]]


@variant("float32, turned by rot90 twice")
def convolve_in_float32(img, filt):
    return correlate(img, np.rot90(filt, 2), np.float32)
