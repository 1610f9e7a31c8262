"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.unrolled import conv_matrix_1d

from .oracles import RAMP_FILTER


@check("contract")
def test_the_matrix_has_a_row_for_each_output(student):
    """A filter of 3 on 7 pixels in steps of 2 gives a matrix (3, 7)"""
    contract(student, "conv_matrix_1d", np.array([0.5, -1, 2]), 7, 2, shape=(3, 7))


@check("hand")
def test_the_matrices_of_the_text(student):
    """The first and the third matrix of the text, w = (1, 10, 100) and n = 5"""
    first = [[1, 10, 100, 0, 0], [0, 1, 10, 100, 0], [0, 0, 1, 10, 100]]
    for s, expected in ((1, first), (2, first[::2])):
        close(
            student.conv_matrix_1d(RAMP_FILTER, 5, s),
            expected,
            f"Stride {s}.",
            given={"w": RAMP_FILTER, "n": 5, "s": s},
        )


@check("hand")
def test_padding_cuts_columns_off(student):
    """The second matrix of the text is yours for 7 pixels, without its outer columns"""
    got = as_numbers(student.conv_matrix_1d(RAMP_FILTER, 7))
    holds(got.shape == (5, 7), f"For 7 pixels the shape is {got.shape}, expected (5, 7).", got=got)
    expected = [
        [10, 100, 0, 0, 0],
        [1, 10, 100, 0, 0],
        [0, 1, 10, 100, 0],
        [0, 0, 1, 10, 100],
        [0, 0, 0, 1, 10],
    ]
    close(got[:, 1:-1], expected, "Without its first and its last column.")


@check("probe")
def test_a_row_of_weights_that_are_halves(student):
    """Weights that are not whole numbers stay as they are, also in a list"""
    w = [0.5, -0.25, 1.5, 0.125]
    close(student.conv_matrix_1d(w, 6), conv_matrix_1d(w, 6), given={"w": w, "n": 6})


def matrix_of(student, w, n, s=1):
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


@check()
def test_times_a_signal(student, rng):
    """M @ x is the correlation of x with w"""
    for n, k, s in ((11, 4, 1), (13, 3, 2), (10, 2, 3), (5, 5, 1)):
        w, x = rng.normal(size=k), rng.normal(size=n)
        M = matrix_of(student, w, n, s)
        # a window as long as the row leaves one sum, which may cancel out: weights in float32 are
        # off by about 1e-7 of what goes into it
        atol = 1e-6 * float(np.abs(w).sum() * np.abs(x).max())
        close(
            M @ x,
            np.correlate(x, w, "valid")[::s],
            f"n = {n}, k = {k}, s = {s}.",
            atol=atol,
            given={"w": w, "n": n, "s": s, "x": x},
        )


@check("oracle")
def test_the_matrix_of_any_filter(student, rng):
    """The matrix of any filter, entry by entry"""
    for n, k, s in ((7, 2, 1), (8, 5, 2), (11, 3, 4)):
        w = rng.normal(size=k)
        close(
            student.conv_matrix_1d(w, n, s),
            conv_matrix_1d(w, n, s),
            f"n = {n}, k = {k}, s = {s}.",
            given={"w": w, "n": n, "s": s},
        )


PROBES = [
    ("conv_matrix_1d", ([0.5, -2.0, 3.0], 7, 1)),
    ("conv_matrix_1d", ([0.5, -2.0, 3.0], 8, 2)),
    ("conv_matrix_1d", ([1.0, 4.0], 9, 3)),
]
