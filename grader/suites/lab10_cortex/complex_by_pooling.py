"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, left_alone, mutant, rounding, variant
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.cortex import simple_cell

from ..checks.complex_by_pooling import pooled
from ..checks.complex_by_pooling import right as compare


@check("oracle")
def test_fresh_images(student, rng):
    """Fresh images, fields and window sizes; transposed views too"""
    for shape, sides, size in (
        ((13, 7), (4, 3), 3),
        ((8, 17), (2, 5), 4),
        ((5, 9), (5, 3), 1),
        ((9, 6), (2, 2), 5),
    ):
        img = np.asfortranarray(rng.normal(size=shape))
        compare(student, img, rng.normal(size=sides), size)


@check()
def test_windows_start_at_every_place(student, rng):
    """Windows start at every row and column: one bright pixel lights size × size cells"""
    img, one = np.zeros((9, 8)), np.ones((1, 1))
    r, c = rng.integers(2, 6), rng.integers(2, 5)
    img[r, c] = rng.uniform(1, 2)
    for size in (2, 3):
        compare(student, img, one, size, f"One bright pixel, size {size}.")


@check()
def test_kinds_of_images(student, rng):
    """Bytes, whole numbers with ties and negative images, which stay as they are"""
    g = rng.normal(size=(2, 3))
    for img in (
        rng.integers(0, 256, size=(6, 7)).astype(np.uint8),
        rng.integers(-2, 3, size=(7, 6)),
        -1 - rng.random((6, 9)),
    ):
        close(
            left_alone(student, "complex_by_pooling", img, g, 3),
            pooled(img, g, 3),
            atol=rounding(correlate2d_valid, img, g),
            constant=True,
        )


# Mutants ------------------------------------------------------------------------------------------


def windows(s, size):
    return np.lib.stride_tricks.sliding_window_view(s, (size, size))


@mutant("You take the mean of the window. A complex cell fires if any of its simple cells does.")
def mean_of_the_window(img, g, size):
    return windows(simple_cell(img, g), size).mean(axis=(2, 3))


@mutant("You add the window up. The maximum is asked for.")
def sum_of_the_window(img, g, size):
    return windows(simple_cell(img, g), size).sum(axis=(2, 3))


@mutant("Your windows stand side by side. They start at every row and every column.")
def stride_of_size(img, g, size):
    return windows(simple_cell(img, g), size).max(axis=(2, 3))[::size, ::size]


@mutant("You have forgotten that simple cells cannot fall below 0.")
def not_rectified(img, g, size):
    return windows(correlate2d_valid(img, g), size).max(axis=(2, 3))


@mutant("You pool the image, then look for the field. First come the simple cells.")
def pools_the_image(img, g, size):
    return simple_cell(windows(np.asarray(img, float), size).max(axis=(2, 3)), g)


@mutant("Your windows are one row and one column too large.")
def one_too_large(img, g, size):
    s = simple_cell(img, g)
    return windows(np.pad(s, ((0, 1), (0, 1))), size + 1).max(axis=(2, 3))


@mutant("Your windows are one row and one column too small.")
def one_too_small(img, g, size):
    h, w = windows(simple_cell(img, g), size).shape[:2]
    return windows(simple_cell(img, g), max(size - 1, 1)).max(axis=(2, 3))[:h, :w]


@mutant("You take the absolute value of the sums: dark lines would count as bright ones.")
def absolute_values(img, g, size):
    return windows(np.abs(correlate2d_valid(img, g)), size).max(axis=(2, 3))


@mutant("Your map is as large as that of the simple cells. Only whole windows count.")
def clipped_windows(img, g, size):
    s = np.pad(simple_cell(img, g), ((0, size - 1), (0, size - 1)))
    return windows(s, size).max(axis=(2, 3))


@mutant("Your window has a single column. It has as many columns as rows.")
def rows_only(img, g, size):
    s = simple_cell(img, g)
    return np.lib.stride_tricks.sliding_window_view(s, (size, 1)).max(axis=(2, 3))[
        :, : s.shape[1] - size + 1
    ]


@mutant("Your window has a single row. It has as many rows as columns.")
def columns_only(img, g, size):
    s = simple_cell(img, g)
    return np.lib.stride_tricks.sliding_window_view(s, (1, size)).max(axis=(2, 3))[
        : len(s) - size + 1
    ]


@mutant("Your window is as large as the field g. It has size × size simple cells.")
def window_of_the_field(img, g, size):
    s = simple_cell(img, g)
    return np.lib.stride_tricks.sliding_window_view(s, np.shape(g)).max(axis=(2, 3))


@mutant("The last windows are missing: there are h − size + 1 of them, and w − size + 1.")
def last_windows_missing(img, g, size):
    return windows(simple_cell(img, g), size).max(axis=(2, 3))[:-1, :-1]


@mutant("Your windows reach size // 2 to both sides, which is one too far if size is even. Begin at (i, j) "
        "and end after size rows and columns.")  # fmt: skip
def half_a_size_to_both_sides(img, g, size):
    s, n = simple_cell(img, g), 2 * (size // 2) + 1
    h, w = s.shape[0] - size + 1, s.shape[1] - size + 1
    return np.array([[s[i : i + n, j : j + n].max() for j in range(w)] for i in range(h)])


@mutant("You count windows along a row as if the map were as wide as it is high.")
def as_wide_as_high(img, g, size):
    s = simple_cell(img, g)
    n = len(s) - size + 1
    return np.array([[s[i : i + size, j : j + size].max() for j in range(n)] for i in range(n)])


@mutant("Your field is turned: this is a true convolution.")
def field_turned(img, g, size):
    return windows(simple_cell(img, np.asarray(g)[::-1, ::-1]), size).max(axis=(2, 3))


@mutant("You write into the map that you still read: later windows see what earlier ones wrote.")
def reads_what_it_wrote(img, g, size):
    s = simple_cell(img, g)
    h, w = s.shape[0] - size + 1, s.shape[1] - size + 1
    for i in reversed(range(h)):
        for j in reversed(range(w)):
            s[i, j] = s[i : i + size, j : j + size].max()
    return s[:h, :w]


@mutant("Your answer is right only if the image is stored row by row. A transposed view is not: take "
        "the strides from the array, or use sliding_window_view.")  # fmt: skip
def as_it_is_stored(img, g, size):
    img = np.asarray(img, float)
    return pooled(img.ravel(order="K").reshape(img.shape), g, size)


# Variants -----------------------------------------------------------------------------------------


@variant("loops, a list of lists")
def pooling_by_loops(img, g, size):
    s = simple_cell(img, g)
    return [
        [float(s[i : i + size, j : j + size].max()) for j in range(s.shape[1] - size + 1)]
        for i in range(s.shape[0] - size + 1)
    ]


@variant("rows first, then columns, in float32")
def pooling_in_two_steps(img, g, size):
    s = np.float32(simple_cell(img, g))
    s = np.max([s[u : len(s) - size + 1 + u] for u in range(size)], axis=0)
    wide = s.shape[1] - size + 1
    return np.max([s[:, v : v + wide] for v in range(size)], axis=0)


@variant("the maximum of the sums first, rectified at the end")
def rectified_at_the_end(img, g, size):
    best = None
    s = correlate2d_valid(img, g)
    h, w = s.shape[0] - size + 1, s.shape[1] - size + 1
    for u in range(size):
        for v in range(size):
            one = s[u : u + h, v : v + w]
            best = one if best is None else np.maximum(best, one)
    return np.clip(best, 0, None)
