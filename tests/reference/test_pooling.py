"""Pooling by hand, and its gradients against central differences."""

import doctest
import itertools

import numpy as np
import pytest

import nablab.reference.maxout
import nablab.reference.pooling
from nablab.reference.maxout import maxout, maxout_gradients
from nablab.reference.pooling import (
    averagepool_nd,
    averagepool_nd_gradients,
    averagepool_to,
    binomial,
    blurpool,
    global_average,
    global_max,
    max_unpool,
    maxpool,
    maxpool_nd,
    maxpool_nd_gradients,
    maxpool_with_switches,
)

SHAPES = [
    ((2, 7, 2), (3,), (2,)),
    ((2, 5, 6, 2), (2, 3), (2, 1)),
    ((1, 3, 4, 5, 2), (2, 2, 3), (1, 2, 2)),
    ((1, 7, 1), (2,), (3,)),
]
shapes = pytest.mark.parametrize(("shape", "size", "stride"), SHAPES)
both = pytest.mark.parametrize("padding", ["valid", "same"])


def central_differences(function, x, step=1e-6):
    """d function(x) / dx of a scalar function, one number after the other."""
    x = np.array(x, np.float64)
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + step
        above = function(x)
        x[place] = kept - step
        out[place] = (above - function(x)) / (2 * step)
        x[place] = kept
    return out


@pytest.mark.parametrize("module", [nablab.reference.pooling, nablab.reference.maxout])
def test_the_examples_in_the_docstrings_run(module):
    assert doctest.testmod(module).failed == 0


def test_windows_with_same_padding_are_clipped_to_the_input():
    x = np.array([3.0, 1.0, 2.0, 7.0, 5.0, 9.0]).reshape(1, 6, 1)
    assert maxpool_nd(x, (3,), (2,), "same").ravel().tolist() == [3, 7, 9]
    assert averagepool_nd(x, (3,), (2,), "same").ravel().tolist() == [2, 14 / 3, 7]


def test_one_image_is_pooled_as_by_maxpool():
    x = np.random.default_rng(0).normal(size=(5, 6, 3))
    np.testing.assert_array_equal(
        maxpool_nd(x[None], (2, 3), (1, 2))[0], maxpool(x, (2, 3), (1, 2))
    )


def test_a_window_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="3 does not fit in 2"):
        maxpool_nd(np.zeros((1, 2, 1)), (3,))


@both
@shapes
def test_gradients_of_max_pooling_are_central_differences(shape, size, stride, padding):
    rng = np.random.default_rng(1)
    x = rng.permutation(np.prod(shape)).reshape(shape) / 10.0  # no ties
    dy = rng.normal(size=maxpool_nd(x, size, stride, padding).shape)
    measured = central_differences(lambda x: np.sum(dy * maxpool_nd(x, size, stride, padding)), x)
    got = maxpool_nd_gradients(x, size, dy, stride, padding)
    np.testing.assert_allclose(got, measured, atol=1e-7)


@both
@shapes
def test_gradients_of_average_pooling_are_central_differences(shape, size, stride, padding):
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape)
    dy = rng.normal(size=averagepool_nd(x, size, stride, padding).shape)
    measured = central_differences(
        lambda x: np.sum(dy * averagepool_nd(x, size, stride, padding)), x
    )
    got = averagepool_nd_gradients(x, size, dy, stride, padding)
    np.testing.assert_allclose(got, measured, atol=1e-7)


def test_the_first_of_equal_maxima_gets_the_whole_gradient():
    dx = maxpool_nd_gradients(
        np.ones((1, 2, 4, 1)), (2, 2), np.array([5.0, 7.0]).reshape(1, 1, 2, 1)
    )
    assert dx[0, :, :, 0].tolist() == [[5, 0, 7, 0], [0, 0, 0, 0]]


def test_a_global_pool_of_masked_steps_sees_the_others_only():
    x = np.array([[[1.0], [5.0], [99.0]], [[-2.0], [-99.0], [99.0]], [[4.0], [4.0], [4.0]]])
    mask = np.array([[True, True, False], [True, False, False], [False, False, False]])
    assert global_average(x, mask=mask).ravel().tolist() == [3, -2, 0]
    assert global_max(x, mask=mask).ravel().tolist() == [5, -2, 0]
    assert global_max(x, keepdims=True).shape == (3, 1, 1)


def test_cells_overlap_if_their_number_does_not_divide_the_size():
    x = np.arange(5.0).reshape(1, 5, 1, 1)
    assert averagepool_to(x, 2)[0, :, 0, 0].tolist() == [1, 3]  # of 0 1 2 and of 2 3 4


def test_binomial_weights_sum_to_one():
    assert binomial(1).tolist() == [1]
    assert (16 * binomial(5)).tolist() == [1, 4, 6, 4, 1]


@pytest.mark.parametrize(("size", "stride"), [*itertools.product([1, 2, 3, 4, 5], [1, 2, 3])])
def test_a_blur_keeps_a_constant_and_darkens_only_a_border_of_zeros(size, stride):
    x = np.full((1, 7, 8, 1), 3.0)
    np.testing.assert_allclose(blurpool(x, size, stride), 3)
    dark = blurpool(x, size, stride, "same")
    assert dark.shape == (1, -(-7 // stride), -(-8 // stride), 1)
    assert np.all(dark <= 3 + 1e-12) and dark[0, 1, 1, 0] == pytest.approx(3, abs=1.6)


def test_switches_count_pixels_row_by_row_of_the_whole_image():
    x = np.zeros((1, 4, 5, 1))
    x[0, 1, 0], x[0, 0, 3], x[0, 3, 1], x[0, 2, 2] = 1, 2, 3, 4
    y, switches = maxpool_with_switches(x, (2, 2))
    assert y.ravel().tolist() == [1, 2, 3, 4]
    assert switches.ravel().tolist() == [5, 3, 16, 12]
    np.testing.assert_array_equal(max_unpool(y, switches, (4, 5)), x)


def test_the_first_of_equal_values_is_the_switch():
    assert maxpool_with_switches(np.ones((1, 2, 2, 1)), (2, 2))[1].item() == 0


def test_maxout_with_pieces_x_and_zero_is_relu():
    x = np.array([[-1.5], [2.5]])
    assert maxout(x, [[[1.0]], [[0.0]]]).ravel().tolist() == [0, 2.5]


def test_gradients_of_maxout_are_central_differences():
    rng = np.random.default_rng(3)
    x, W, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 3, 2)), rng.normal(size=(3, 2))
    dy = rng.normal(size=(4, 2))
    dx, dW, db = maxout_gradients(x, W, b, dy)
    for got, measured in (
        (dx, central_differences(lambda x: np.sum(dy * maxout(x, W, b)), x)),
        (dW, central_differences(lambda W: np.sum(dy * maxout(x, W, b)), W)),
        (db, central_differences(lambda b: np.sum(dy * maxout(x, W, b)), b)),
    ):
        np.testing.assert_allclose(got, measured, atol=1e-7)
