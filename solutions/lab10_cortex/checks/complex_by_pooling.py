"""The visible checks of N.5."""

import numpy as np

from nablab.checking import check, close, contract, holds, rounding
from nablab.reference.convolution import correlate2d_valid
from nablab.reference.cortex import gabor, simple_cell

from .oracles import floats

FIELD = np.array([[-1.0, 2.0, -0.5], [0.5, -2.0, 1.5]])
IMAGE = np.array([[3, -1, 4, 1, -5], [9, 2, -6, 5, 3], [5, -8, 9, 7, -9], [3, 2, 3, -8, 4]])


def pooled(img, g, size):
    """The oracle, one shifted copy of the map after the other."""
    s = simple_cell(img, g)
    h, w = s.shape[0] - size + 1, s.shape[1] - size + 1
    return np.max([s[u : u + h, v : v + w] for u in range(size) for v in range(size)], axis=0)


def right(student, img, g, size, says=""):
    close(
        floats(student.complex_by_pooling(img, g, size)),
        pooled(img, g, size),
        says or f"An image {np.shape(img)}, a field {np.shape(g)}, size {size}.",
        atol=rounding(correlate2d_valid, img, g),
        constant=True,
    )


@check("contract")
def test_a_map_of_all_windows(student):
    """An image (4, 5), a field (2, 3) and size 2 give a map (2, 2)"""
    floats(contract(student, "complex_by_pooling", IMAGE * 1.0, FIELD, 2, shape=(2, 2)))


@check("hand")
def test_the_maximum_of_the_text(student):
    """The simple cells (4, 0, 1), (0, 2, 3) give (4, 3) with size 2"""
    img, one = np.array([[4, -3, 1], [-1, 2, 3]]), np.array([[1]])
    close(
        student.complex_by_pooling(img, one, 2),
        [[4, 3]],
        "A field of a single 1: the simple cells are the positive part of the image.",
        given={"img": img, "g": one, "size": 2},
    )


@check("probe")
def test_size_one_and_the_whole_map(student, rng):
    """Size 1 gives the simple cells themselves, and the largest size a single number"""
    right(student, IMAGE, FIELD, 1)
    right(student, rng.normal(size=(6, 7)), rng.normal(size=(2, 3)), 5, "One window in five rows.")


@check("probe")
def test_where_all_sums_are_negative(student):
    """Where all sums are negative the complex cell is silent too"""
    img = -1.0 - np.arange(30.0).reshape(5, 6) % 4
    right(student, img, np.ones((2, 3)), 2, "All sums are negative.")


@check()
def test_a_line_may_move_within_the_window(student):
    """An upright line may move within the window; a level one says nothing at any place"""
    g = gabor(7, 0, 6, 1.8, 0)
    for shift in range(-2, 3):
        img = np.zeros((11, 11))
        img[:, 5 + shift] = 1
        right(student, img, g, 5, f"An upright line, moved by {shift}.")
        got = close(student.complex_by_pooling(img.T, g, 5), pooled(img.T, g, 5), atol=1e-5)
        holds(got.max() < 0.1 * pooled(img, g, 5).max(), "A level line lights the cell.")


@check("oracle")
def test_any_image_and_size(student, rng):
    """Images, fields and windows of any size; transposed views too"""
    for shape, sides, size in (((7, 11), (2, 3), 3), ((11, 6), (4, 2), 2), ((9, 8), (3, 1), 4)):
        right(student, rng.normal(size=shape), rng.normal(size=sides), size)
    right(student, rng.normal(size=(9, 6)).T, rng.normal(size=(2, 3)), 3, "A transposed view.")


_wide = np.random.default_rng(5).normal(size=(6, 9))
PROBES = [
    ("complex_by_pooling", (IMAGE, FIELD, 2)),
    ("complex_by_pooling", (_wide, -FIELD, 3)),
    ("complex_by_pooling", (-1.0 - IMAGE**2, np.array([[1.0, 2.0, 1.0]]), 2)),  # all sums below 0
    ("complex_by_pooling", (_wide.T, FIELD, 3)),  # a transposed view
]
