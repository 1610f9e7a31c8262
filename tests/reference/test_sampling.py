"""The parts of a spatial transformer: by hand, against SciPy, and by central differences."""

import doctest

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

import nablab.reference.sampling
from nablab.reference.sampling import affine_grid, bilinear_sample, bilinear_sample_gradients

IDENTITY = np.array([[[1.0, 0, 0], [0, 1, 0]]])


def test_the_examples_in_the_docstrings_run():
    assert doctest.testmod(nablab.reference.sampling).failed == 0


def test_the_identity_returns_the_image():
    x = np.random.default_rng(0).normal(size=(1, 5, 4, 2))
    np.testing.assert_allclose(bilinear_sample(x, affine_grid(IDENTITY, 5, 4)), x, atol=1e-12)


def test_the_corners_of_the_grid_are_one():
    grid = affine_grid(IDENTITY, 4, 7)[0]
    assert grid[0, 0].tolist() == [-1, -1] and grid[0, -1].tolist() == [1, -1]
    assert grid[-1, 0].tolist() == [-1, 1] and grid[-1, -1].tolist() == [1, 1]


def test_a_shift_by_whole_pixels_moves_the_image_and_brings_in_zeros():
    x = np.arange(1.0, 21).reshape(1, 4, 5, 1)
    theta = IDENTITY + np.array([[0, 0, 2 * 1 / 4], [0, 0, 2 * 2 / 3]])  # 1 column, 2 rows
    moved = bilinear_sample(x, affine_grid(theta, 4, 5))
    np.testing.assert_allclose(moved[0, :2, :4], x[0, 2:, 1:], atol=1e-12)
    np.testing.assert_allclose(moved[0, 2:], 0, atol=1e-12)
    np.testing.assert_allclose(moved[0, :, 4:], 0, atol=1e-12)


def test_inside_the_image_it_reads_what_scipy_reads():
    rng = np.random.default_rng(1)
    x, grid = rng.normal(size=(1, 5, 6, 1)), rng.uniform(-1, 1, (1, 3, 4, 2))
    rows, columns = (grid[0, ..., 1] + 1) * 4 / 2, (grid[0, ..., 0] + 1) * 5 / 2
    expected = map_coordinates(x[0, ..., 0], [rows, columns], order=1)
    np.testing.assert_allclose(bilinear_sample(x, grid)[0, ..., 0], expected)


def test_gradients_are_central_differences():
    rng = np.random.default_rng(2)
    x, grid = rng.normal(size=(2, 4, 3, 2)), rng.uniform(-1.4, 1.4, (2, 3, 2, 2))
    dy = rng.normal(size=(2, 3, 2, 2))
    for got, at in zip(bilinear_sample_gradients(x, grid, dy), (0, 1), strict=True):
        given = [x, grid]
        for place in np.ndindex(got.shape):
            sums = []
            for step in (1e-6, -1e-6):
                moved = given[at].copy()
                moved[place] += step
                arguments = [moved, grid] if at == 0 else [x, moved]
                sums.append(np.sum(dy * bilinear_sample(*arguments)))
            assert got[place] == pytest.approx((sums[0] - sums[1]) / 2e-6, abs=1e-7)
