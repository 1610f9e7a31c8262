"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, holds, mutant, variant
from nablab.reference import unrolled
from nablab.reference.unrolled import conv_matrix_1d

from ..checks.conv_matrix_1d import matrix_of


@check("oracle")
def test_the_matrix_for_any_filter_and_stride(student, rng):
    """The matrix for any filter and stride, entry by entry"""
    for n, k, s in ((13, 4, 1), (17, 5, 3), (12, 2, 5), (7, 7, 2), (11, 1, 2)):
        w = rng.normal(size=k)
        close(
            student.conv_matrix_1d(w, n, s), conv_matrix_1d(w, n, s), f"n = {n}, k = {k}, s = {s}."
        )


@check()
def test_constant_diagonals(student, rng):
    """With stride 1 every diagonal is constant, and holds one of the weights or 0"""
    w = rng.uniform(1, 3, size=4)
    M = matrix_of(student, w, 11)
    for offset in range(-7, 11):
        expected = w[offset] if 0 <= offset < 4 else 0.0
        diagonal = np.diagonal(M, offset)
        close(
            diagonal,
            np.full(len(diagonal), expected),
            f"Diagonal {offset}.",
            constant=True,
            atol=1e-6,
        )


@check()
def test_the_transpose_lays_copies_of_the_filter(student, rng):
    """The transposed matrix gives the full convolution, of maps spread out by the stride"""
    for n, k, s in ((10, 4, 1), (13, 3, 2), (9, 2, 3)):
        w = rng.normal(size=k)
        M = matrix_of(student, w, n, s)
        y = rng.normal(size=len(M))
        spread = np.zeros((len(y) - 1) * s + 1)
        spread[::s] = y
        expected = np.zeros(n)
        expected[: len(spread) + k - 1] = np.convolve(spread, w)
        close(M.T @ y, expected, f"n = {n}, k = {k}, s = {s}.", atol=1e-5)


@check()
def test_no_output_is_made_of_the_others(student, rng):
    """The rows are independent: the rank is the number of outputs"""
    for n, k, s in ((11, 3, 1), (14, 4, 2)):
        w = rng.uniform(1, 2, size=k) * np.array([1, -3, 1, 1])[:k]
        M = matrix_of(student, w, n, s)
        rank = int(np.linalg.matrix_rank(M, tol=1e-3))
        holds(rank == len(M), f"The rank is {rank}, expected {len(M)}.", got=rank, expected=len(M))
        close(M[0, :k], w, "The first row begins with the filter.")


@check()
def test_times_a_row_of_whole_numbers(student, rng):
    """Times a row of pixels it is the correlation; w may hold whole numbers or be a list"""
    x = rng.integers(-9, 10, size=15)
    for w, s in ((rng.integers(-4, 5, size=4) + 5, 1), ([0.5, -1.25, 2], 2), ([-1, -2, -4], 4)):
        close(
            matrix_of(student, w, 15, s) @ x,
            np.correlate(x.astype(float), np.asarray(w, float), "valid")[::s],
            f"Stride {s}.",
            atol=1e-5,
            constant=True,  # a few whole numbers may all be the same
        )


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "Your matrix is transposed: it has a column for each output. M @ x needs a row for each output "
    "and a column for each pixel.",
)
def transposed(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, s).T


@mutant(
    "The weights are in reverse order in every row: this is the matrix of a true convolution. "
    "Here the filter is not turned.",
)
def flipped(w, n, s=1):
    return unrolled.conv_matrix_1d(np.asarray(w)[::-1], n, s)


@mutant(
    "The stride is ignored: every row is moved by 1. With stride s a row is moved by s, and there "
    "are fewer rows.",
)
def matrix_without_the_stride(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, 1)


@mutant(
    "You have the right number of rows, but each is moved by only 1. Window i starts at pixel i·s.",
)
def rows_moved_by_one(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, 1)[: (n - len(w)) // s + 1]


@mutant(
    "Where the filter sticks out on the right, you continue on the left (a circulant matrix). Here "
    "only windows that lie entirely on the pixels count.",
)
def wraps_around(w, n, s=1):
    row = np.zeros(n)
    row[: len(w)] = w
    return np.array([np.roll(row, start) for start in range(0, n, s)])


@mutant(
    "The last row is missing: there are (n − k) // s + 1 windows, one more than there are steps.",
)
def last_row_missing(w, n, s=1):
    return unrolled.conv_matrix_1d(w, n, s)[:-1]


@mutant(
    "Your weights have been cut to whole numbers, because the matrix is an array of integers. Make "
    "it an array of floats.",
)
def weights_cut_to_whole_numbers(w, n, s=1):
    return np.trunc(unrolled.conv_matrix_1d(w, n, s))


# Variants -----------------------------------------------------------------------------------------


@variant("the rows of the definition, as lists")
def matrix_by_the_definition(w, n, s=1):
    k = len(w)
    return [
        [float(w[m - i * s]) if 0 <= m - i * s < k else 0.0 for m in range(n)]
        for i in range((n - k) // s + 1)
    ]


@variant("a sum of shifted identity matrices")
def matrix_of_diagonals(w, n, s=1):
    w = np.asarray(w, dtype=float)
    rows = n - len(w) + 1
    return sum(weight * np.eye(rows, n, k=u) for u, weight in enumerate(w))[::s]


@variant("float32, what correlation makes of unit vectors")
def matrix_in_float32(w, n, s=1):
    w = np.asarray(w, dtype=np.float32)
    return np.stack([np.correlate(unit, w, "valid")[::s] for unit in np.eye(n, dtype="f")], axis=1)


@variant("one index for all weights")
def matrix_by_indices(w, n, s=1):
    w = np.array(w, dtype=float)
    rows = np.arange((n - w.size) // s + 1)[:, None]
    M = np.zeros((rows.size, n))
    M[rows, rows * s + np.arange(w.size)] = w
    return M
