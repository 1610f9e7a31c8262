"""Hidden checks of 2.3."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.unrolled import conv_matrix_1d


def matrix(student, w, n, s=1):
    """The student's matrix, checked to be of the right shape."""
    M = as_numbers(student.conv_matrix_1d(w, n, s))
    shape = ((n - len(w)) // s + 1, n)
    holds(
        M.shape == shape,
        f"n = {n}, k = {len(w)}, s = {s}: the shape is {M.shape}, expected {shape}.",
        got=M,
        given={"w": w, "n": n, "s": s},
    )
    return M


@exercise("2.3", stage="oracle")
def test_the_matrix_for_any_filter_and_stride(student, rng):
    """The matrix for any filter and stride, entry by entry"""
    for n, k, s in ((13, 4, 1), (17, 5, 3), (12, 2, 5), (7, 7, 2), (11, 1, 2)):
        w = rng.normal(size=k)
        close(
            student.conv_matrix_1d(w, n, s), conv_matrix_1d(w, n, s), f"n = {n}, k = {k}, s = {s}."
        )


@exercise("2.3")
def test_constant_diagonals(student, rng):
    """With stride 1 every diagonal is constant, and holds one of the weights or 0"""
    w = rng.uniform(1, 3, size=4)
    M = matrix(student, w, 11)
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


@exercise("2.3")
def test_the_transpose_lays_copies_of_the_filter(student, rng):
    """The transposed matrix gives the full convolution, of maps spread out by the stride"""
    for n, k, s in ((10, 4, 1), (13, 3, 2), (9, 2, 3)):
        w = rng.normal(size=k)
        M = matrix(student, w, n, s)
        y = rng.normal(size=len(M))
        spread = np.zeros((len(y) - 1) * s + 1)
        spread[::s] = y
        expected = np.zeros(n)
        expected[: len(spread) + k - 1] = np.convolve(spread, w)
        close(M.T @ y, expected, f"n = {n}, k = {k}, s = {s}.", atol=1e-5)


@exercise("2.3")
def test_no_output_is_made_of_the_others(student, rng):
    """The rows are independent: the matrix has the rank of its outputs"""
    for n, k, s in ((11, 3, 1), (14, 4, 2)):
        w = rng.uniform(1, 2, size=k) * np.array([1, -3, 1, 1])[:k]
        M = matrix(student, w, n, s)
        rank = int(np.linalg.matrix_rank(M, tol=1e-3))
        holds(rank == len(M), f"The rank is {rank}, expected {len(M)}.", got=rank, expected=len(M))
        close(M[0, :k], w, "The first row begins with the filter.")


@exercise("2.3")
def test_times_a_row_of_whole_numbers(student, rng):
    """Times any row of pixels it is the correlation; filters of whole numbers and lists will do"""
    x = rng.integers(-9, 10, size=15)
    for w, s in ((rng.integers(-4, 5, size=4) + 5, 1), ([0.5, -1.25, 2], 2), ([-1, -2, -4], 4)):
        close(
            matrix(student, w, 15, s) @ x,
            np.correlate(x.astype(float), np.asarray(w, float), "valid")[::s],
            f"Stride {s}.",
            atol=1e-5,
            constant=True,  # a few whole numbers may all be the same
        )
