"""Group convolution by hand, and its equivariance: rotated inputs give rotated, rolled outputs."""

import doctest

import numpy as np
import pytest

import nablab.reference.group
from nablab.reference.convolution import conv
from nablab.reference.group import p4_conv, p4_lift, p4_pool

both = pytest.mark.parametrize("padding", ["valid", "same"])


def turn(x):
    return np.rot90(x, axes=(1, 2))


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(nablab.reference.group).failed == 0


def test_the_first_rotation_is_an_ordinary_convolution():
    rng = np.random.default_rng(0)
    x, W, b = rng.normal(size=(1, 5, 6, 2)), rng.normal(size=(3, 3, 2, 4)), rng.normal(size=4)
    np.testing.assert_allclose(p4_lift(x, W, b)[0, :, :, 0], conv(x[0], W, b))


def test_a_rotated_filter_finds_the_rotated_pattern():
    """A bright pixel above a dark one; rotated once, the bright one is on the left."""
    W = np.array([[1.0, 0.0], [-1.0, 0.0]]).reshape(2, 2, 1, 1)
    x = np.array([[0.0, 0.0], [1.0, -1.0]]).reshape(1, 2, 2, 1)
    assert p4_lift(x, W).ravel().tolist() == [-1, 2, -1, 0]


@both
def test_lifting_a_rotated_image_rotates_the_maps_and_rolls_them_by_one(padding):
    rng = np.random.default_rng(1)
    x, W, b = rng.normal(size=(2, 5, 6, 2)), rng.normal(size=(3, 3, 2, 3)), rng.normal(size=3)
    expected = np.roll(turn(p4_lift(x, W, b, padding)), 1, axis=3)
    np.testing.assert_allclose(p4_lift(turn(x), W, b, padding), expected)


@both
def test_the_same_holds_for_maps_with_a_rotation_axis(padding):
    rng = np.random.default_rng(2)
    x, W = rng.normal(size=(2, 4, 5, 4, 2)), rng.normal(size=(3, 3, 4, 2, 3))
    expected = np.roll(turn(p4_conv(x, W, padding=padding)), 1, axis=3)
    got = p4_conv(np.roll(turn(x), 1, axis=3), W, padding=padding)
    np.testing.assert_allclose(got, expected)


def test_after_the_pool_a_rotated_image_gives_a_rotated_map():
    rng = np.random.default_rng(3)
    x, W = rng.normal(size=(2, 5, 5, 2)), rng.normal(size=(3, 3, 2, 3))
    for mode in ("max", "mean"):
        expected = turn(p4_pool(p4_lift(x, W), mode))
        np.testing.assert_allclose(p4_pool(p4_lift(turn(x), W), mode), expected)
