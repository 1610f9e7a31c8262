"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, mutant, rounding, variant
from nablab.reference.convolution import convolve2d_valid, correlate2d_valid

from .building_blocks import correlate, floats


@check("oracle")
def test_images_and_filters_of_any_shape(student, rng):
    """Images and filters of any shape, including even sides"""
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


@check("probe")
def test_a_bright_pixel_anywhere_gives_the_turned_filter(student, rng):
    """A single bright pixel gives back the filter, turned by 180°"""
    (H, W), (kh, kw) = (11, 13), (3, 4)
    r, c = rng.integers(kh - 1, H - kh + 1), rng.integers(kw - 1, W - kw + 1)
    img, filt = np.zeros((H, W)), rng.normal(size=(kh, kw))
    img[r, c] = 1
    expected = np.zeros((H - kh + 1, W - kw + 1))
    expected[r - kh + 1 : r + 1, c - kw + 1 : c + 1] = filt[::-1, ::-1]
    close(student.correlate_valid(img, filt), expected)


@check()
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


@check()
def test_a_shifted_image_gives_a_shifted_map(student, rng):
    """Shift the image and the map shifts with it"""
    img, filt = rng.normal(size=(17, 11)), rng.normal(size=(2, 5))
    down, right = rng.integers(1, 4, size=2)
    whole = correlate2d_valid(img, filt)
    got = student.correlate_valid(img[down:, :-right], filt)
    close(got, whole[down:, :-right], atol=rounding(correlate2d_valid, img, filt))


@check()
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


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "This is the result of a true convolution: your filter is turned by 180°. Here it lies on"
    " the image as it is.",
)
def flipped_filter(img, filt):
    return convolve2d_valid(img, filt)


@mutant(
    "The rows and columns of your map are swapped. Entry [i, j] belongs to the patch whose "
    "top-left pixel is in row i and column j.",
)
def rows_and_columns_swapped(img, filt):
    return correlate2d_valid(img, filt).T


@mutant(
    "Your map lacks its last row and its last column. A filter as large as the image still "
    "fits once: there are H − kh + 1 rows of places.",
)
def last_row_and_column_missing(img, filt):
    return correlate2d_valid(img, filt)[:-1, :-1]


@mutant("This is the mean of the products, as in N.1. From N.2 on it is their sum.")
def divides_by_the_filters_size(img, filt):
    return correlate2d_valid(img, filt) / np.size(filt)


@mutant(
    "Your map has been rounded to whole numbers, because it has the image's type. Make it an "
    "array of floats.",
)
def map_in_the_images_type(img, filt):
    return correlate2d_valid(img, filt).astype(np.asarray(img).dtype)


@mutant(
    "Your map is as large as the image: you have added a border of zeros. Take only the "
    "places where the whole filter lies on the image.",
)
def border_of_zeros(img, filt):
    kh, kw = np.shape(filt)
    before = (kh - 1) // 2, (kw - 1) // 2
    pads = [(before[0], kh - 1 - before[0]), (before[1], kw - 1 - before[1])]
    return correlate2d_valid(np.pad(floats(img)[0], pads), filt)


@mutant(
    "The size of your map takes the filter's columns from the image's rows. The filter's own "
    "rows shorten the rows, its columns the columns; a square filter hides the difference.",
)
def filter_sides_swapped_in_the_size(img, filt):
    img, filt = floats(img, filt)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((max(H - kw + 1, 0), max(W - kh + 1, 0)))
    right = correlate2d_valid(img, filt)
    h, w = min(out.shape[0], right.shape[0]), min(out.shape[1], right.shape[1])
    out[:h, :w] = right[:h, :w]
    return out if kh != kw else right[: out.shape[0], : out.shape[1]]


# Variants -----------------------------------------------------------------------------------------


@variant("four loops over plain lists, made into an array at the end")
def correlate_by_four_loops(img, filt):
    img, filt = np.asarray(img).tolist(), np.asarray(filt).tolist()
    H, W, kh, kw = len(img), len(img[0]), len(filt), len(filt[0])
    out = []
    for i in range(H - kh + 1):
        row = []
        for j in range(W - kw + 1):
            row.append(
                sum(
                    float(img[i + u][j + v]) * float(filt[u][v])
                    for u in range(kh)
                    for v in range(kw)
                )
            )
        out.append(row)
    return np.array(out)


@variant("number by number of the arrays, which are taken as they come")
def correlate_by_entries(img, filt):
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for i in range(H - kh + 1):
        for j in range(W - kw + 1):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += img[i + u, j + v] * filt[u, v]
    return out


@variant("sliding windows and einsum")
def correlate_by_windows(img, filt):
    return correlate(img, filt)


@variant("Fourier transform")
def correlate_by_fft(img, filt):
    img, filt = np.asarray(img, dtype=float), np.asarray(filt, dtype=float)
    shape = tuple(a + b - 1 for a, b in zip(img.shape, filt.shape, strict=True))
    full = np.fft.irfft2(np.fft.rfft2(img, shape) * np.fft.rfft2(filt[::-1, ::-1], shape), shape)
    (H, W), (kh, kw) = img.shape, filt.shape
    return full[kh - 1 : H, kw - 1 : W]


@variant("float32, one shifted image for each entry of the filter")
def correlate_in_float32(img, filt):
    img, filt = np.asarray(img, dtype=np.float32), np.asarray(filt, dtype=np.float32)
    (H, W), (kh, kw) = img.shape, filt.shape
    out = np.zeros((H - kh + 1, W - kw + 1), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            out += filt[u, v] * img[u : u + out.shape[0], v : v + out.shape[1]]
    return out


@variant("match scores times the filter's size")
def correlate_by_scores(img, filt):
    img, filt = np.array(img, dtype=float), np.array(filt, dtype=float)
    (H, W), (kh, kw) = img.shape, filt.shape
    return np.array(
        [
            [np.mean(img[i : i + kh, j : j + kw] * filt) * filt.size for j in range(W - kw + 1)]
            for i in range(H - kh + 1)
        ]
    )
