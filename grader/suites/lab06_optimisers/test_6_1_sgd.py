"""Hidden checks of 6.1."""

from pathlib import Path

import numpy as np

from nablab.checking import exercise
from nablab.checking.load import load_module
from nablab.reference.optimizer import momentum_step, nesterov_step, sgd_step

walking = load_module(Path(__file__).with_name("walking.py"))
FORMS = ((False, momentum_step), (True, nesterov_step))


@exercise("6.1", stage="oracle")
def test_twenty_random_steps(student, rng):
    """Twenty steps with random gradients, with momentum and with Nesterov's form"""
    for shape in ((11,), (5, 3), (2, 7, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        lr, mu = rng.uniform(0.05, 0.3), rng.uniform(0.3, 0.95)
        for nesterov, one_step in FORMS:
            expected = walking.steps_of(
                lambda w, g, v, t, s=one_step, lr=lr, mu=mu: s(w, g, v, lr, mu), w, gradients, 1
            )
            got = walking.walk(student, "sgd", w, gradients, (lr, mu, nesterov))
            walking.same_walk(got, expected, f"momentum {mu:.2f}, nesterov {nesterov}.")


@exercise("6.1")
def test_without_momentum_it_is_gradient_descent(student, rng):
    """Without momentum it is plain gradient descent, whatever nesterov says"""
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(6, 3, 4))
    expected = walking.steps_of(lambda w, g, t: (sgd_step(w, g, 0.25),), w, gradients, 0)
    for args in ((0.25,), (0.25, 0.0), (0.25, 0.0, True)):
        got = walking.walk(student, "sgd", w, gradients, args)
        walking.same_walk(got, expected, f"lr, momentum, nesterov: {args}.")


@exercise("6.1", stage="probe")
def test_a_schedule_of_rates(student, rng):
    """The rate changes at every step, and the velocity keeps the old ones"""
    w, gradients = rng.normal(size=(2, 5)), 1 + rng.random((7, 2, 5))
    rates = rng.uniform(0.05, 0.1, size=7) * (4.0, 1, 0, 3, 0.2, 2, 0)
    for nesterov, one_step in FORMS:
        expected = walking.steps_of(
            lambda w, g, v, t, s=one_step: s(w, g, v, rates[t - 1], 0.75), w, gradients, 1
        )
        got = walking.walk(
            student, "sgd", w, gradients, lambda step, n=nesterov: (float(rates[step]), 0.75, n)
        )
        walking.same_walk(got, expected, f"The rate changes at every step; nesterov {nesterov}.")


@exercise("6.1", stage="probe")
def test_one_push_and_then_nothing(student, rng):
    """After one push the steps shrink by the factor momentum"""
    w, g = rng.normal(size=(3, 2)), 2 + rng.random((3, 2))
    mu = rng.uniform(0.5, 0.9)
    got = walking.walk(student, "sgd", w, [g, 0 * g, 0 * g, 0 * g], (0.5, mu))
    shares = np.cumsum(mu ** np.arange(4))[:, None, None]
    walking.same_walk(got, w - shares * 0.5 * g, "One gradient, then none.")


@exercise("6.1")
def test_two_networks_by_turns(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for nesterov, one_step in FORMS:
        args = (0.25, 0.5, nesterov)
        walking.state_is_left_alone(student, "sgd", rng, args)
        walking.two_networks_by_turns(
            student, "sgd", rng, args, lambda w, g, v, t, s=one_step: s(w, g, v, 0.25, 0.5), 1
        )
