"""Hidden checks of 2.4."""

import numpy as np

from nablab.checking import close, exercise, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.unrolled import conv_matrix_2d


def matrix(student, w, shape):
    """The student's matrix, checked to be of the right shape."""
    M = as_numbers(student.conv_matrix_2d(w, shape))
    (kh, kw), (H, W) = np.shape(w), shape
    expected = ((H - kh + 1) * (W - kw + 1), H * W)
    holds(
        M.shape == expected,
        f"Image {shape}, filter {(kh, kw)}: the shape is {M.shape}, expected {expected}.",
        got=M,
    )
    return M


@exercise("2.4", stage="oracle")
def test_times_any_image(student, rng):
    """Times a raveled image it is the raveled correlation"""
    for shape, sides in (((7, 5), (2, 3)), ((4, 11), (3, 2)), ((6, 4), (1, 4)), ((5, 3), (5, 2))):
        w, img = rng.normal(size=sides), rng.normal(size=shape)
        M = matrix(student, w, shape)
        atol = rounding(correlate2d_valid, img, w)
        says = f"Image {shape}, filter {sides}."
        close(M @ img.ravel(), correlate2d_valid(img, w).ravel(), says, atol=atol)


@exercise("2.4", stage="oracle")
def test_entry_by_entry(student, rng):
    """The matrix, entry by entry"""
    for shape, sides in (((5, 6), (2, 4)), ((7, 4), (4, 3)), ((3, 5), (3, 5))):
        w = rng.normal(size=sides)
        close(
            student.conv_matrix_2d(w, shape),
            conv_matrix_2d(w, shape),
            f"Image {shape}, filter {sides}.",
        )


@exercise("2.4")
def test_counts_and_sums(student, rng):
    """It has oh·ow·kh·kw entries that are not 0, and every row sums to the filter's sum"""
    w = rng.uniform(1, 2, size=(3, 2)) * np.array([[1], [-1], [1]])
    M = matrix(student, w, (5, 7))
    count = int(np.count_nonzero(np.abs(M) > 1e-6))
    holds(
        count == 3 * 6 * 3 * 2,
        f"{count} entries are not 0, expected 108.",
        got=count,
        expected=108,
    )
    close(M.sum(axis=1), np.full(18, w.sum()), "The sums of the rows.", constant=True)
    close((M**2).sum(axis=1), np.full(18, (w**2).sum()), "The sums of squares.", constant=True)
    close(M[-1].reshape(5, 7)[2:, 5:], w, "The last row, as an image: its lower right corner.")


@exercise("2.4")
def test_blocks_in_a_toeplitz_pattern(student, rng):
    """Its blocks are the matrices of the filter's rows, the same along every diagonal of blocks"""
    w = rng.normal(size=(2, 3))
    M = matrix(student, w, (5, 6)).reshape(4, 4, 5, 6)  # map row, map column, image row, column
    for i in range(4):
        for r in range(5):
            u = r - i
            expected = conv_matrix_2d(w[u : u + 1], (1, 6)) if 0 <= u < 2 else np.zeros((4, 6))
            close(
                M[i, :, r],
                expected,
                f"The block of map row {i} and image row {r}.",
                constant=True,
                atol=1e-6,
            )


@exercise("2.4", stage="probe")
def test_one_bright_pixel(student, rng):
    """A column of the matrix is the map of one bright pixel"""
    w, shape = rng.normal(size=(3, 2)), (6, 5)
    M = matrix(student, w, shape)
    r, c = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    img = np.zeros(shape)
    img[r, c] = 1
    close(M[:, 5 * r + c].reshape(4, 4), correlate2d_valid(img, w), f"Pixel [{r}, {c}].")


@exercise("2.4")
def test_filters_of_whole_numbers_and_halves(student, rng):
    """Filters of whole numbers, of halves, and as lists"""
    for w in (rng.integers(1, 9, size=(2, 3)), [[0.5, -1.25], [0.25, 2.5], [-0.75, 1.5]]):
        close(student.conv_matrix_2d(w, (4, 5)), conv_matrix_2d(np.array(w), (4, 5)))
