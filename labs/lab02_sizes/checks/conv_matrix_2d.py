"""The visible checks of 2.4."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.unrolled import conv_matrix_2d

SIX = np.array([[1, 2, 3], [4, 5, 6]])


MATRIX_OF_SIX = [
    [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0, 0],
    [0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0],
    [0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0],
    [0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6],
]


@check("contract")
def test_rows_for_the_map_and_columns_for_the_image(student):
    """A filter (3, 2) on an image (5, 7) gives a matrix (18, 35)"""
    w = np.array([[0.5, -1], [2, 0], [1, 3]])
    contract(student, "conv_matrix_2d", w, (5, 7), shape=(18, 35))


@check("hand")
def test_the_matrix_of_matrices_of_the_text(student):
    """The filter of the text on an image of 3×4 pixels"""
    close(student.conv_matrix_2d(SIX, (3, 4)), MATRIX_OF_SIX, given={"w": SIX, "shape": (3, 4)})


def matrix_of(student, w, shape):
    """The student's matrix, checked to be of the right shape."""
    M = as_numbers(student.conv_matrix_2d(w, shape))
    (kh, kw), (H, W) = np.shape(w), shape
    expected = ((H - kh + 1) * (W - kw + 1), H * W)
    holds(
        M.shape == expected,
        f"Image {shape}, filter {(kh, kw)}: the shape is {M.shape}, expected {expected}.",
        got=M,
        given={"w": w, "shape": shape},
    )
    return M


@check("hand")
def test_an_image_of_four_by_five(student):
    """Times an image of 4×5 pixels it is the raveled map"""
    img = np.array([[1, 0, 2, 0, 1], [0, 3, 0, 1, 0], [2, 0, 1, 0, 2], [0, 1, 0, 4, 0]])
    w = np.array([[1, 0], [2, -1], [0, 3]])
    M = matrix_of(student, w, img.shape)
    given = {"img": img, "w": w}
    close(M @ img.ravel(), correlate2d_valid(img, w).ravel(), given=given)


@check("probe")
def test_a_filter_with_one_weight(student):
    """A filter with a single weight picks one pixel for each output"""
    for u, v in ((0, 0), (1, 0), (0, 2)):
        w = np.zeros((2, 3))
        w[u, v] = 2.5
        img = np.arange(20.0).reshape(4, 5)
        M = matrix_of(student, w, (4, 5))
        close(
            (M @ img.ravel()).reshape(3, 3),
            2.5 * img[u : u + 3, v : v + 3],
            f"Only w[{u}, {v}] is not 0; the image counts its pixels from 0.",
            given={"w": w},
        )


@check()
def test_how_many_entries_and_what_they_sum_to(student, rng):
    """Every row holds each weight once"""
    w = rng.uniform(1, 2, size=(2, 3)) * np.array([1, -1, 1])
    M = matrix_of(student, w, (5, 4))
    close(
        np.sort(M, axis=1)[:, [0, 1, -4, -3, -2, -1]],
        np.broadcast_to(np.sort(w, axis=None), (8, 6)),
        "The entries of each row that are not 0, sorted.",
        given={"w": w, "shape": (5, 4)},
    )


@check("oracle")
def test_the_matrix_of_any_image_filter(student, rng):
    """The matrix of any filter, entry by entry"""
    for shape, sides in (((5, 7), (3, 2)), ((6, 3), (1, 2)), ((4, 5), (2, 5))):
        w = rng.normal(size=sides)
        close(
            student.conv_matrix_2d(w, shape),
            conv_matrix_2d(w, shape),
            f"An image {shape}, a filter {sides}.",
            given={"w": w, "shape": shape},
        )


THREE = np.array([[1.5, 2.0, -0.5], [0.25, 3.0, 1.0]])


PROBES = [("conv_matrix_2d", (THREE, (3, 5))), ("conv_matrix_2d", (THREE.T, (4, 3)))]
