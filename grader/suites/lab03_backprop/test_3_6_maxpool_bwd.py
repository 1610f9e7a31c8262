"""Hidden checks of 3.6."""

import numpy as np

from nablab.checking import close, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import maxpool_nd, maxpool_nd_gradients


def same(student, dout, x, size, stride, says=""):
    right = maxpool_nd_gradients(x, size, dout, stride)
    rms = float(np.sqrt(np.mean(right**2)))
    got = student.maxpool_bwd(dout, x, size, stride)
    return close(got, right, says, atol=1e-5 * rms, constant=True)


def apart(rng, shape):
    """Numbers that lie well apart from each other, in random order, some of them negative."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 3 - 11.0


def dout_for(rng, x, size, stride):
    return rng.normal(size=maxpool_nd(x, size, stride).shape)


@exercise("3.6", stage="oracle")
def test_windows_of_every_size_and_stride(student, rng):
    """Windows of every size and stride, for several images and channels"""
    for shape, size, stride in (
        ((2, 7, 5, 3), (3, 2), (2, 1)),
        ((3, 5, 8, 1), (2, 5), (1, 2)),
        ((1, 11, 7, 2), (4, 3), (3, 2)),
        ((2, 6, 9, 4), (1, 2), (2, 3)),
        ((1, 5, 4, 3), (5, 4), (1, 1)),
    ):
        x = apart(rng, shape)
        same(student, dout_for(rng, x, size, stride), x, size, stride, f"{size}, stride {stride}.")


@exercise("3.6")
def test_the_sum_is_kept_with_ties_and_overlaps(student, rng):
    """dx sums to what dout sums to, with many ties and overlapping windows"""
    x = rng.integers(-1, 2, size=(2, 8, 7, 3)).astype(float)
    dout = rng.random(maxpool_nd(x, (3, 3), (1, 2)).shape) + 0.5
    dx = as_numbers(student.maxpool_bwd(dout, x, (3, 3), (1, 2)))
    holds(dx.shape == x.shape, f"dx has the shape {dx.shape}, expected {x.shape}.", got=dx)
    close(dx.sum(axis=(1, 2)), dout.sum(axis=(1, 2)), "Sums over rows and columns.")


@exercise("3.6", stage="probe")
def test_ties_go_to_the_first(student, rng):
    """Of equal numbers the first in reading order takes all, in a flat map too"""
    flat = np.zeros((1, 5, 7, 2))
    same(student, dout_for(rng, flat, (2, 3), (2, 3)), flat, (2, 3), (2, 3), "A map of zeros.")
    x = np.maximum(rng.integers(-3, 3, size=(2, 6, 8, 2)), 0)
    same(student, dout_for(rng, x, (3, 2), (1, 2)), x, (3, 2), (1, 2), "A map after a ReLU.")
    column = np.array([[1.0, 4], [4, 0], [2, 4]])[None, :, :, None]
    same(student, np.array([[[[7.0]]]]), column, (3, 2), (1, 1), "The first row goes first.")


@exercise("3.6", stage="probe")
def test_negative_maps_and_bytes(student, rng):
    """Maps of negative numbers, of whole numbers and of bytes"""
    for x in (
        -1 - rng.permutation(70).reshape(1, 7, 5, 2) / 9,
        rng.integers(-9, 9, size=(2, 5, 6, 1)),
        rng.integers(0, 256, size=(1, 6, 5, 3)).astype(np.uint8),
    ):
        same(student, dout_for(rng, x, (2, 3), (2, 1)), x, (2, 3), (2, 1), f"{x.dtype} numbers.")


@exercise("3.6")
def test_a_high_peak_collects_from_all_its_windows(student, rng):
    """A high peak collects from every window that it lies in"""
    x = apart(rng, (1, 7, 7, 1))
    r, c = rng.integers(2, 5, size=2)
    x[0, r, c, 0] = 100
    dout = dout_for(rng, x, (3, 3), (1, 1))
    got = same(student, dout, x, (3, 3), (1, 1))
    close(got[0, r, c, 0], dout[0, r - 2 : r + 1, c - 2 : c + 1, 0].sum(), atol=1e-4)
