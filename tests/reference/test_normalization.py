"""Normalisation's forward passes by hand, its backward passes by central differences."""

import doctest

import numpy as np
import pytest

from nablab.reference import normalization as reference


def differences(function, x, dy, step=1e-6):
    """d Σ dy · function / dx by moving each number both ways."""
    x = np.array(x, np.float64)
    out = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = [x.copy(), x.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        high, low = (np.sum(dy * function(m)) for m in moved)
        out[place] = (high - low) / (2 * step)
    return out


@pytest.fixture
def drawn():
    rng = np.random.default_rng(0)
    return rng.normal(2, 3, (3, 4, 2, 5)), rng.normal(size=5), rng.normal(size=5), rng


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(reference, extraglobs={"np": np}).failed == 0


def test_batch_norm_at_inference_by_hand():
    x = [[[1.0, 10.0]], [[5.0, 30.0]]]
    got = reference.batch_norm(x, [2, 1], [0, 7], mean=[3, 20], variance=[3, 99], epsilon=1)
    np.testing.assert_allclose(got, [[[-2, 6]], [[2, 8]]])


def test_batch_norm_in_training_by_hand():
    """Channel 0: mean 3, variance 4; channel 1: constant."""
    got = reference.batch_norm_training([[1.0, 8.0], [5.0, 8.0]], [1, 1], [0, 4], epsilon=12)
    np.testing.assert_allclose(got, [[-0.5, 4], [0.5, 4]])


def test_layer_norm_by_hand():
    """Over axis 1: means 3 and 8, variances 4 and 0."""
    x = [[[1.0, 8.0], [5.0, 8.0]]]
    got = reference.layer_norm(x, [1, 2], [0, 3], axes=1, epsilon=12)
    np.testing.assert_allclose(got, [[[-0.5, 0], [4, 3]]])


def test_instance_norm_by_hand():
    x = [[[1.0], [5.0]], [[8.0], [8.0]]]
    got = reference.instance_norm(x, [2], [1], epsilon=12)
    np.testing.assert_allclose(got, [[[0], [2]], [[1], [1]]])


def test_group_norm_by_hand():
    """Two pixels, channels in two groups: {0, 2, 4, 2} has mean 2 and variance 2."""
    x = [[[0.0, 2.0, 9.0, 9.0], [4.0, 2.0, 9.0, 9.0]]]
    got = reference.group_norm(x, np.ones(4), np.zeros(4), groups=2, epsilon=2)
    np.testing.assert_allclose(got, [[[-1, 0, 0, 0], [1, 0, 0, 0]]])


def test_group_norm_refuses_groups_that_do_not_divide():
    with pytest.raises(ValueError, match="5 channels do not divide into 2 groups"):
        reference.group_norm(np.ones((1, 2, 5)), np.ones(5), np.zeros(5), groups=2)


def test_rms_norm_by_hand():
    np.testing.assert_allclose(reference.rms_norm([[2.0, 4.0]], [1, 3], epsilon=6), [[0.5, 3]])


def test_running_average_keeps_momentum_of_the_old():
    np.testing.assert_allclose(reference.running_average([0.0, 1.0], [100.0, 1.0]), [1.0, 1.0])


def test_batch_norm_gradients_are_central_differences(drawn):
    x, gamma, beta, rng = drawn
    dy = rng.normal(size=x.shape)
    dx, dgamma, dbeta = reference.batch_norm_gradients(x, gamma, dy)
    of = reference.batch_norm_training
    np.testing.assert_allclose(dx, differences(lambda m: of(m, gamma, beta), x, dy), atol=1e-7)
    np.testing.assert_allclose(dgamma, differences(lambda m: of(x, m, beta), gamma, dy), atol=1e-7)
    np.testing.assert_allclose(dbeta, differences(lambda m: of(x, gamma, m), beta, dy), atol=1e-7)


@pytest.mark.parametrize("axes", [-1, 1, (1, 2, 3)], ids=str)
def test_layer_norm_gradients_are_central_differences(drawn, axes):
    x, _, _, rng = drawn
    sizes = [x.shape[axis] for axis in np.atleast_1d(axes)]
    gamma, beta, dy = rng.normal(size=sizes), rng.normal(size=sizes), rng.normal(size=x.shape)
    dx, dgamma, dbeta = reference.layer_norm_gradients(x, gamma, dy, axes)

    def of(x, gamma, beta):
        return reference.layer_norm(x, gamma, beta, axes)

    np.testing.assert_allclose(dx, differences(lambda m: of(m, gamma, beta), x, dy), atol=1e-7)
    np.testing.assert_allclose(dgamma, differences(lambda m: of(x, m, beta), gamma, dy), atol=1e-7)
    np.testing.assert_allclose(dbeta, differences(lambda m: of(x, gamma, m), beta, dy), atol=1e-7)
