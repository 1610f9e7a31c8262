"""The reference optimizers on cases small enough for paper."""

import doctest
import math

import numpy as np
import pytest

from nablab.reference import optimizer


def test_its_examples_run():
    assert doctest.testmod(optimizer).failed == 0


def test_two_steps_of_momentum_by_hand():
    """g = 1, then 2; lr 0.1, μ 0.5: v = -0.1, then -0.05 - 0.2."""
    w, v = optimizer.momentum_step([1.0], [1.0], [0.0], 0.1, 0.5)
    np.testing.assert_allclose([w, v], [[0.9], [-0.1]])
    w, v = optimizer.momentum_step(w, [2.0], v, 0.1, 0.5)
    np.testing.assert_allclose([w, v], [[0.65], [-0.25]])


def test_nesterov_is_momentum_seen_from_where_the_velocity_leads():
    """On f = w²/2: θ ← θ + v with v ← μ v - lr f'(θ + μ v) is our w = θ + μ v."""
    theta, v, lr, mu = 1.0, 0.0, 0.1, 0.8
    w, u = np.array([1.0]), np.array([0.0])
    for _ in range(10):
        v = mu * v - lr * (theta + mu * v)
        theta = theta + v
        w, u = optimizer.nesterov_step(w, w, u, lr, mu)
        np.testing.assert_allclose(w, theta + mu * v)


def test_two_steps_of_rmsprop_by_hand():
    """g = 2, then 0; ρ 0.75, ε 3: v = 1, then 0.75."""
    w, v, _ = optimizer.rmsprop_step([1.0], [2.0], [0.0], 1.0, 0.75, 3.0)
    np.testing.assert_allclose([w, v], [[0.0], [1.0]])
    w, v, _ = optimizer.rmsprop_step(w, [0.0], v, 1.0, 0.75, 3.0)
    np.testing.assert_allclose([w, v], [[0.0], [0.75]])


def test_the_velocity_of_rmsprop_remembers_steps():
    _, v, b = optimizer.rmsprop_step([0.0], [2.0], [0.0], 1.0, 0.75, 3.0, 0.0, 0.5)
    w, _, b = optimizer.rmsprop_step([0.0], [0.0], v, 1.0, 0.75, 3.0, b, 0.5)
    np.testing.assert_allclose([w, b], [[-0.5], [0.5]])


@pytest.mark.parametrize(("form", "step"), [("paper", 1 / 1.5), ("keras", 0.5 / 1.0)])
def test_one_step_of_adam_by_hand(form, step):
    """g = 1, β₂ = 0.75, ε = 0.5: √v̂ = 1 and √v = 0.5, √(1 - β₂) = 0.5."""
    w, m, v = optimizer.adam_step([0.0], [1.0], [0.0], [0.0], 1, 1.0, 0.9, 0.75, 0.5, form)
    np.testing.assert_allclose([w, m, v], [[-step], [0.1], [0.25]])


def test_adam_corrects_its_means_for_starting_at_zero():
    """A constant gradient has the same corrected means at every step, so steps of lr."""
    w, m, v = np.zeros(1), np.zeros(1), np.zeros(1)
    for t in range(1, 30):
        w, m, v = optimizer.adam_step(w, [5.0], m, v, t, 0.25, epsilon=0.0)
        np.testing.assert_allclose(w, -0.25 * t)


def test_weight_decay_shrinks_beside_the_step():
    plain, *_ = optimizer.adam_step([0.9], [1.0], [0.0], [0.0], 1, 0.1)
    decayed, *_ = optimizer.adamw_step([1.0], [1.0], [0.0], [0.0], 1, 0.1, 1.0)
    np.testing.assert_allclose(decayed, plain)


def test_clipping_by_hand():
    clipped, norm = optimizer.clip_by_global_norm([[3.0, 0.0], [[4.0]]], 1.0)
    assert norm == 5
    np.testing.assert_allclose(clipped[0], [0.6, 0.0])
    np.testing.assert_allclose(clipped[1], [[0.8]])


def test_schedules_by_hand():
    assert [optimizer.step_decay(t, 1.0, 3, 0.1) for t in (2, 3, 6)] == pytest.approx(
        [1, 0.1, 0.01]
    )
    assert optimizer.exponential_decay(1, 1.0, 2, 0.25) == 0.5
    assert optimizer.cosine_decay(2, 1.0, 6) == pytest.approx((1 + math.cos(math.pi / 3)) / 2)
    assert optimizer.cosine_decay(6, 2.0, 6, 0.25) == pytest.approx(0.5)
    rising = [optimizer.warm_up(t, lambda t: 1.0 / (t + 1), 3) for t in range(5)]
    assert rising == pytest.approx([1 / 3, 2 / 3, 1, 1 / 2, 1 / 3])
