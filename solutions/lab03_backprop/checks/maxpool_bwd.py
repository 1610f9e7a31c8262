"""The visible checks of N.6."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import maxpool_nd, maxpool_nd_gradients

from .oracles import near


def windows_of(x, size, stride):
    return maxpool_nd(x, size, stride).shape


def dout_for(rng, x, size, stride):
    return rng.normal(size=windows_of(x, size, stride))


@check("contract")
def test_dx_has_the_shape_of_x(student):
    """maxpool_bwd returns an array of the shape of x"""
    x = (np.arange(210.0).reshape(2, 7, 5, 3) * 37) % 23
    dout = np.arange(72.0).reshape(2, 3, 4, 3) % 5 - 1
    contract(student, "maxpool_bwd", dout, x, (3, 2), (2, 1), shape=x.shape)


@check("hand")
def test_the_row_of_windows_of_the_text(student):
    """The row of the text gives (0, 11, 0, 100, 0)"""
    x = np.array([1.0, 5, 2, 5, 3]).reshape(1, 1, 5, 1)
    dout = np.array([1.0, 10, 100]).reshape(1, 1, 3, 1)
    close(
        student.maxpool_bwd(dout, x, (1, 3), (1, 1)),
        np.array([0, 11, 0, 100, 0]).reshape(x.shape),
        given={"x": x[0, 0, :, 0], "dout": dout[0, 0, :, 0]},
    )


@check("probe")
def test_the_largest_may_be_anywhere(student):
    """The largest number may be anywhere in its window, and may be negative"""
    x = np.array([[3.0, 9, -4, -2], [1, 2, -1, -8], [6, 0, -7, -3], [5, 4, -6, -5]])
    dout = np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 4, 4, 1))
    for (r, c), value in {(0, 1): 1, (1, 2): 2, (2, 0): 3, (2, 3): 4}.items():
        expected[0, r, c, 0] = value
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (2, 2)),
        expected,
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@check("probe")
def test_the_first_of_equals_takes_all(student):
    """Of equal numbers the first in reading order takes the whole gradient"""
    x = np.array([[0.0, 0, 2, 7], [0, 0, 7, 7], [1, 4, 5, 5], [4, 4, 3, 5]])
    dout = np.array([[10.0, 20], [30, 40]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 4, 4, 1))
    for (r, c), value in {(0, 0): 10, (0, 3): 20, (2, 1): 30, (2, 2): 40}.items():
        expected[0, r, c, 0] = value
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (2, 2)),
        expected,
        "Several numbers of each window are the largest.",
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@check("probe")
def test_who_wins_twice_collects_twice(student):
    """One peak in the middle of four overlapping windows collects from all four"""
    x = np.arange(9.0).reshape(3, 3)
    x[1, 1] = 20
    dout = np.array([[1.0, 10], [100, 1000]]).reshape(1, 2, 2, 1)
    expected = np.zeros((1, 3, 3, 1))
    expected[0, 1, 1, 0] = 1111
    close(
        student.maxpool_bwd(dout, x[None, :, :, None], (2, 2), (1, 1)),
        expected,
        given={"x": x, "dout": dout[0, :, :, 0]},
    )


@check()
def test_nothing_is_lost_and_nothing_doubled(student, rng):
    """dx sums to what dout sums to, image by image and channel by channel"""
    x = rng.integers(0, 4, size=(3, 7, 5, 2)).astype(float)  # many ties
    dout = rng.random(windows_of(x, (3, 2), (2, 1))) + 0.5
    dx = as_numbers(student.maxpool_bwd(dout, x, (3, 2), (2, 1)))
    holds(dx.shape == x.shape, f"dx has the shape {dx.shape}, expected {x.shape}.", got=dx)
    near(dx.sum(axis=(1, 2)), dout.sum(axis=(1, 2)), "Sums over the rows and columns.")


@check("oracle")
def test_windows_of_any_kind(student, rng):
    """Windows that overlap or leave gaps; each channel of each image by itself"""
    for shape, size, stride in (
        ((2, 7, 8, 3), (3, 2), (2, 1)),
        ((1, 8, 7, 2), (2, 3), (3, 2)),
        ((2, 5, 6, 1), (2, 2), (3, 4)),
    ):
        x = rng.permutation(int(np.prod(shape))).reshape(shape) / 7 - 20.0
        dout = dout_for(rng, x, size, stride)
        near(
            student.maxpool_bwd(dout, x, size, stride),
            maxpool_nd_gradients(x, size, dout, stride),
            f"Size {size}, stride {stride}. Each channel of each image has its own winners.",
            given={"x": x},
        )
    x = rng.integers(0, 256, size=(1, 6, 4, 2)).astype(np.uint8)
    dout = dout_for(rng, x, (2, 2), (2, 2))
    near(
        student.maxpool_bwd(dout, x, (2, 2), (2, 2)),
        maxpool_nd_gradients(x, (2, 2), dout, (2, 2)),
        "x holds bytes, dout holds fractions.",
    )


SMALL_X = np.array([[3.0, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]])


PROBES = [
    (
        "maxpool_bwd",
        (
            np.arange(1.0, 19).reshape(1, 3, 3, 2),
            np.stack([SMALL_X, 9 - SMALL_X], axis=-1)[None],
            (2, 3),
            (1, 1),
        ),
    ),
    (
        "maxpool_bwd",
        (np.arange(1.0, 5).reshape(1, 2, 2, 1), -SMALL_X[None, :, :, None], (2, 2), (2, 3)),
    ),
    (
        "maxpool_bwd",
        (
            np.full((1, 1, 1, 1), 1.5),
            np.array([[1, 4, 0], [4, 2, 3]])[None, :, :, None],
            (2, 3),
            (1, 1),
        ),
    ),
]
