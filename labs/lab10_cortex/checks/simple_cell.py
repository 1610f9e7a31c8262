"""The visible checks of 10.2."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.cortex import simple_cell

from .oracles import floats

FIELD = np.array([[-1.0, 2.0, -0.5], [0.5, -2.0, 1.5]])
IMAGE = np.array([[3, -1, 4, 1, -5], [9, 2, -6, 5, 3], [5, -8, 9, 7, -9], [3, 2, 3, -8, 4]])


@check("contract")
def test_a_map_of_all_places(student):
    """An image (4, 5) and a field (2, 3) give a map (3, 3), a NumPy array; both stay as they are"""
    floats(contract(student, "simple_cell", IMAGE * 1.0, FIELD, shape=(3, 3), array=True))


@check("hand")
def test_the_row_of_the_text(student):
    """(0, 2, 0, 5) gives (4, 0) under (−1, 2, −1), and (0, 7) under its negative"""
    img, g = np.array([[0, 2, 0, 5]]), np.array([[-1, 2, -1]])
    close(student.simple_cell(img, g), [[4, 0]], given={"img": img, "g": g})
    close(student.simple_cell(img, -g), [[0, 7]], "The field −g.", given={"img": img, "g": -g})


@check("probe")
def test_the_field_is_not_turned(student):
    """One bright pixel gives the positive part of the field, turned by 180°: a correlation"""
    img, expected = np.zeros((5, 7)), np.zeros((4, 5))
    img[2, 3] = 1
    expected[1:3, 1:4] = np.maximum(FIELD[::-1, ::-1], 0)
    close(student.simple_cell(img, FIELD), expected, given={"img": img, "g": FIELD})


@check()
def test_a_cell_and_its_opposite(student, rng):
    """The cell minus the cell with the opposite field is the correlation"""
    img, g = rng.normal(size=(9, 6)), rng.normal(size=(2, 3))
    for sign in (1, -1):
        close(
            student.simple_cell(img, sign * g),
            np.maximum(sign * correlate2d_valid(img, g), 0),
            atol=rounding(correlate2d_valid, img, g),
        )


@check("oracle")
def test_images_of_any_kind(student, rng):
    """Images of floats, whole numbers and bytes, of any shape, stored by rows or by columns"""
    g = rng.normal(size=(4, 3))
    for img in (
        rng.normal(size=(7, 11)),
        rng.integers(-9, 9, size=(11, 5)),
        rng.integers(0, 256, size=(6, 7)).astype(np.uint8),
        rng.normal(size=(6, 9)).T,
    ):
        stored = "" if img.flags.c_contiguous else ", a transposed view"
        field = g if simple_cell(img, g).any() else -g
        close(
            student.simple_cell(img, field),
            simple_cell(img, field),
            f"An image {img.shape} of {img.dtype} numbers{stored}.",
            atol=rounding(correlate2d_valid, img, field),
        )


BYTES = (11 * (IMAGE + 10)).astype(np.uint8)
PROBES = [
    ("simple_cell", (IMAGE, FIELD)),
    ("simple_cell", (1.0 * IMAGE.T, FIELD)),  # a transposed view, of floats
    ("simple_cell", (BYTES, FIELD)),
]
