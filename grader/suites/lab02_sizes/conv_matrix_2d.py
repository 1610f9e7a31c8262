"""Hidden checks of N.4."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, holds, mutant, rounding, variant
from nablab.reference import unrolled
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.unrolled import conv_matrix_2d

from ..checks.conv_matrix_2d import matrix_of


@check("oracle")
def test_times_any_image(student, rng):
    """Times a raveled image it is the raveled correlation"""
    for shape, sides in (((7, 5), (2, 3)), ((4, 11), (3, 2)), ((6, 4), (1, 4)), ((5, 3), (5, 2))):
        w, img = rng.normal(size=sides), rng.normal(size=shape)
        M = matrix_of(student, w, shape)
        atol = rounding(correlate2d_valid, img, w)
        says = f"Image {shape}, filter {sides}."
        close(M @ img.ravel(), correlate2d_valid(img, w).ravel(), says, atol=atol)


@check("oracle")
def test_entry_by_entry(student, rng):
    """The matrix, entry by entry"""
    for shape, sides in (((5, 6), (2, 4)), ((7, 4), (4, 3)), ((3, 5), (3, 5))):
        w = rng.normal(size=sides)
        close(
            student.conv_matrix_2d(w, shape),
            conv_matrix_2d(w, shape),
            f"Image {shape}, filter {sides}.",
        )


@check()
def test_counts_and_sums(student, rng):
    """It has oh·ow·kh·kw entries that are not 0, and every row sums to the filter's sum"""
    w = rng.uniform(1, 2, size=(3, 2)) * np.array([[1], [-1], [1]])
    M = matrix_of(student, w, (5, 7))
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


@check()
def test_blocks_in_a_toeplitz_pattern(student, rng):
    """Its blocks are the matrices of the filter's rows, the same along every diagonal of blocks"""
    w = rng.normal(size=(2, 3))
    M = matrix_of(student, w, (5, 6)).reshape(4, 4, 5, 6)  # map row, map column, image row, column
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


@check("probe")
def test_one_bright_pixel(student, rng):
    """A column of the matrix is the map of one bright pixel"""
    w, shape = rng.normal(size=(3, 2)), (6, 5)
    M = matrix_of(student, w, shape)
    r, c = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    img = np.zeros(shape)
    img[r, c] = 1
    close(M[:, 5 * r + c].reshape(4, 4), correlate2d_valid(img, w), f"Pixel [{r}, {c}].")


@check()
def test_filters_of_whole_numbers_and_halves(student, rng):
    """Filters of whole numbers, of halves, and as lists"""
    for w in (rng.integers(1, 9, size=(2, 3)), [[0.5, -1.25], [0.25, 2.5], [-0.75, 1.5]]):
        close(student.conv_matrix_2d(w, (4, 5)), conv_matrix_2d(np.array(w), (4, 5)))


# Mutants ------------------------------------------------------------------------------------------


def matrix_of_axes(w, shape, order):
    """The matrix as [map row, map column, image row, image column], then put in another order."""
    w, (H, W) = np.asarray(w, float), shape
    oh, ow = H - w.shape[0] + 1, W - w.shape[1] + 1
    M = unrolled.conv_matrix_2d(w, shape).reshape(oh, ow, H, W)
    return M.transpose(order).reshape(oh * ow, H * W)


@mutant(
    "Your matrix counts pixels column by column, for the image and for the map. NumPy's ravel goes "
    "row by row: pixel [r, c] is number r·W + c.",
)
def column_by_column(w, shape):
    return matrix_of_axes(w, shape, (1, 0, 3, 2))


@mutant(
    "The columns of your matrix count pixels column by column. NumPy's ravel goes row by row: pixel "
    "[r, c] is number r·W + c.",
)
def image_column_by_column(w, shape):
    return matrix_of_axes(w, shape, (0, 1, 3, 2))


@mutant(
    "The rows of your matrix count outputs column by column. Output [i, j] is number i·W' + j.",
)
def map_column_by_column(w, shape):
    return matrix_of_axes(w, shape, (1, 0, 2, 3))


@mutant(
    "The filter is turned by 180° in every row: this is the matrix of a true convolution.",
)
def turned_filter(w, shape):
    return unrolled.conv_matrix_2d(np.asarray(w)[::-1, ::-1], shape)


@mutant(
    "Your matrix is transposed: it has a row for each pixel and a column for each output.",
)
def transposed_2d(w, shape):
    return unrolled.conv_matrix_2d(w, shape).T


@mutant(
    "Every row of your matrix is the one above it, moved by one. At the end of a row of the map the "
    "window goes back to the left border, so the band jumps by kw: a window cannot hang over "
    "the edge.",
)
def band_without_jumps(w, shape):
    M = unrolled.conv_matrix_2d(w, shape)
    return np.array([np.roll(M[0], p) for p in range(len(M))])


@mutant(
    "You use the height of the map as its width: output [i, j] is number i·W' + j, and a square "
    "image hides the difference.",
)
def heights_and_widths_swapped(w, shape):
    right, oh = unrolled.conv_matrix_2d(w, shape), shape[0] - len(w) + 1
    ow = len(right) // oh
    M = np.zeros_like(right)
    for i, j in np.ndindex(oh, ow):
        M[i * oh + j] = right[i * ow + j]  # an IndexError where the map is taller than wide
    return M


@mutant(
    "You count the image's pixels in rows as long as the map's. Rows of the image are W long: pixel "
    "[r, c] is number r·W + c. W' belongs to the rows of your matrix.",
)
def map_width_for_the_image(w, shape):
    w, (H, W) = np.asarray(w, float), shape
    kh, kw = w.shape
    oh, ow = H - kh + 1, W - kw + 1
    M = np.zeros((oh * ow, H * W))
    for i, j, u, v in np.ndindex(oh, ow, kh, kw):
        M[i * ow + j, (i + u) * ow + j + v] = w[u, v]
    return M


@mutant(
    "You read the image's shape as (W, H). As everywhere in NumPy it is (H, W): how many rows, then "
    "how long they are.",
)
def width_before_height(w, shape):
    return unrolled.conv_matrix_2d(w, shape[::-1])


# Variants -----------------------------------------------------------------------------------------


@variant("four loops over single entries, as lists")
def image_matrix_by_loops(w, shape):
    (kh, kw), (H, W) = np.shape(w), shape
    oh, ow = H - kh + 1, W - kw + 1
    M = [[0.0] * (H * W) for _ in range(oh * ow)]
    for i in range(oh):
        for j in range(ow):
            for u in range(kh):
                for v in range(kw):
                    M[i * ow + j][(i + u) * W + j + v] = float(w[u][v])
    return M


@variant("a sum of Kronecker products, one for each row of the filter")
def image_matrix_by_kronecker(w, shape):
    w = np.asarray(w, dtype=float)
    (kh, kw), (H, W) = w.shape, shape
    oh, ow = H - kh + 1, W - kw + 1
    inner = [sum(x * np.eye(ow, W, k=v) for v, x in enumerate(row)) for row in w]
    return sum(np.kron(np.eye(oh, H, k=u), T) for u, T in enumerate(inner))


@variant("float32, from windows over the numbers of the pixels")
def image_matrix_in_float32(w, shape):
    w = np.asarray(w, dtype=np.float32)
    H, W = shape
    pixels = sliding_window_view(np.arange(H * W).reshape(H, W), w.shape).reshape(-1, w.size)
    M = np.zeros((len(pixels), H * W), dtype=np.float32)
    np.put_along_axis(M, pixels, np.broadcast_to(w.ravel(), pixels.shape), axis=1)
    return M
