"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, rounding, variant
from nablab.reference.convolution import convolve2d_valid, correlate2d_valid
from nablab.reference.cortex import simple_cell as right

from ..checks.oracles import floats


@check("oracle")
def test_fresh_images_and_fields(student, rng):
    """Fresh images and fields of any shape, also transposed views"""
    for shape, sides in (((13, 7), (4, 3)), ((5, 17), (2, 5)), ((5, 3), (5, 3))):
        img, g = np.asfortranarray(rng.normal(size=shape)), rng.normal(size=sides)
        g = g if right(img, g).any() else -g
        close(
            floats(student.simple_cell(img, g)),
            right(img, g),
            f"An image {shape}, a field {sides}.",
            atol=rounding(correlate2d_valid, img, g),
            constant=True,
        )


@check()
def test_the_images_stay_as_they_are(student, rng):
    """Negative and byte images, which stay as they are"""
    g = rng.normal(size=(3, 2))
    for img in (-1 - rng.random((6, 7)), rng.integers(0, 256, size=(7, 5)).astype(np.uint8)):
        for field in (g, -g):
            close(
                left_alone(student, "simple_cell", img, field),
                right(img, field),
                atol=rounding(correlate2d_valid, img, field),
                constant=True,
            )


@check()
def test_contrast(student, rng):
    """Three times the contrast, three times the answer; a negative lights the opposite cell"""
    img, g = rng.normal(size=(8, 11)), rng.normal(size=(3, 4))
    atol = rounding(correlate2d_valid, 3 * img, g)
    close(student.simple_cell(3 * img, g), 3 * right(img, g), atol=atol)
    close(student.simple_cell(-img, g), right(img, -g), atol=atol)


# Mutants ------------------------------------------------------------------------------------------


@mutant("You take the absolute value. A simple cell is silent where its sum is negative.")
def absolute_value(img, g):
    return np.abs(correlate2d_valid(img, g))


@mutant("Your cell fires less than never: the negative part of the sum becomes 0.")
def not_rectified(img, g):
    return correlate2d_valid(img, g)


@mutant("This is a true convolution. The field is not turned.")
def field_turned(img, g):
    return np.maximum(convolve2d_valid(img, g), 0)


@mutant("You keep the negative part. A cell reports the positive part of its sum.")
def negative_part(img, g):
    return np.maximum(-correlate2d_valid(img, g), 0)


@mutant("Rectify the sum, not the products.")
def products_rectified(img, g):
    img, g = np.asarray(img, float), np.asarray(g, float)
    windows = np.lib.stride_tricks.sliding_window_view(img, g.shape)
    return np.maximum(windows * g, 0).sum(axis=(2, 3))


@mutant("You square the answer. Only the energy of N.4 has squares.")
def squared(img, g):
    return np.maximum(correlate2d_valid(img, g), 0) ** 2


@mutant("You have added a border of zeros: take only places where the whole field fits.")
def border_of_zeros(img, g):
    kh, kw = np.shape(g)
    pads = [((k - 1) // 2, k // 2) for k in (kh, kw)]
    return np.maximum(correlate2d_valid(np.pad(np.asarray(img, float), pads), g), 0)


@mutant("You subtract the mean of the image. A cell sees the image as it is.")
def mean_subtracted(img, g):
    return np.maximum(correlate2d_valid(np.asarray(img, float) - np.mean(img), g), 0)


@mutant("You rectify the image. Rectify the sum.")
def image_rectified(img, g):
    return np.maximum(correlate2d_valid(np.maximum(img, 0), g), 0)


@mutant("You rectify the field. Its negative places inhibit; rectify the sum.")
def field_rectified(img, g):
    return np.maximum(correlate2d_valid(img, np.maximum(g, 0)), 0)


@mutant("You scale bytes to 0 … 1. A cell sees the image as it is.")
def scaled_bytes(img, g):
    img = np.asarray(img)
    return right(img / 255 if img.dtype == np.uint8 else img, g)


@mutant("You take the mean over the field. The sum is asked for.")
def mean_over_the_field(img, g):
    return right(img, g) / np.size(g)


@mutant("Your answer is right only if the image is stored row by row. A transposed view is not: take "
        "the strides from the array, or use sliding_window_view.")  # fmt: skip
def as_it_is_stored(img, g):
    img = np.asarray(img, float)
    return right(img.ravel(order="K").reshape(img.shape), g)


# Variants -----------------------------------------------------------------------------------------


@variant("loops, as they come")
def cell_by_loops(img, g):
    (H, W), (kh, kw) = np.shape(img), np.shape(g)
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            total = 0.0
            for u in range(kh):
                for v in range(kw):
                    total += float(img[i + u][j + v]) * float(g[u][v])
            if total > 0:
                out[i, j] = total
    return out


@variant("float32 windows")
def cell_in_float32(img, g):
    img, g = np.float32(img), np.float32(g)
    windows = np.lib.stride_tricks.sliding_window_view(img, g.shape)
    s = np.tensordot(windows, g, 2)
    return s * (s > 0)


@variant("with the correlation that is given")
def cell_by_the_given_correlation(img, g):
    s = correlate2d_valid(img, g)
    return (s + np.abs(s)) / 2
