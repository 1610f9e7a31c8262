"""Hidden checks of 6.3."""

from pathlib import Path

import numpy as np

from nablab.checking import exercise, holds
from nablab.checking.load import load_module
from nablab.reference.descent import rmsprop_outside_step
from nablab.reference.optimizer import rmsprop_step

walking = load_module(Path(__file__).with_name("walking.py"))


def one_step(lr, rho, eps, inside):
    if inside:
        return lambda w, g, v, t: rmsprop_step(w, g, v, lr, rho, eps)[:2]
    return lambda w, g, v, t: rmsprop_outside_step(w, g, v, lr, rho, eps)


@exercise("6.3", stage="oracle")
def test_random_steps_with_a_large_epsilon(student, rng):
    """Random steps with an eps that is not small, inside and outside"""
    for shape in ((11,), (5, 3), (2, 1, 7)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(12, *shape))
        args = rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.95), rng.uniform(0.2, 2)
        for inside in (True, False):
            expected = walking.steps_of(one_step(*args, inside), w, gradients, 1)
            got = walking.walk(student, "rmsprop", w, gradients, (*args, inside))
            walking.same_walk(got, expected, f"eps {args[2]:.2f}, eps_inside {inside}.")


@exercise("6.3")
def test_any_unit_of_the_loss(student, rng):
    """With a tiny eps the path does not depend on the unit of the loss"""
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(7, 3, 4))
    gradients += np.sign(gradients)
    for inside in (True, False):
        args = (0.125, 0.8, 1e-14, inside)
        expected = walking.steps_of(one_step(*args), w, gradients, 1)
        for unit in (1, rng.uniform(200, 900), rng.uniform(0.1, 0.2)):
            got = walking.walk(student, "rmsprop", w, unit * gradients, args)
            walking.same_walk(got, expected, f"All gradients times {unit:.3g}.")


@exercise("6.3", stage="probe")
def test_weights_do_not_meddle(student, rng):
    """Each weight has a mean square of its own: large gradients beside it change nothing"""
    w, gradients = rng.normal(size=5), 1 + rng.random((6, 5))
    for inside in (True, False):
        args = (0.125, 0.75, 0.25, inside)
        loud = gradients * [1, 100, 1, 1, 1e4]
        got = walking.walk(student, "rmsprop", w, loud, args)[:, [0, 2, 3]]
        expected = walking.steps_of(one_step(*args), w, gradients, 1)[:, [0, 2, 3]]
        walking.same_walk(got, expected, "The gradients of other weights are huge.")


@exercise("6.3", stage="probe")
def test_equal_gradients(student, rng):
    """For a constant gradient the steps shrink as its mean square is filled up"""
    w, g, rho = rng.normal(size=(2, 3)), 1 + rng.random((2, 3)), rng.uniform(0.5, 0.9)
    shares = 1 / np.sqrt(1 - rho ** np.arange(1, 8))
    expected = w - 0.25 * np.cumsum(shares)[:, None, None]
    for inside in (True, False):
        got = walking.walk(student, "rmsprop", w, [g] * 7, (0.25, rho, 1e-14, inside))
        walking.same_walk(got, expected, "Seven times the same gradient, with a tiny eps.")


@exercise("6.3")
def test_two_networks_by_turns_under_rmsprop(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    args = (0.25, 0.5, 0.25, True)
    walking.state_is_left_alone(student, "rmsprop", rng, args)
    walking.two_networks_by_turns(student, "rmsprop", rng, args, one_step(*args), 1)


@exercise("6.3")
def test_what_is_said_of_keras(student):
    """KERAS_EPS_INSIDE says where Keras adds epsilon"""
    flag = student.KERAS_EPS_INSIDE
    holds(
        isinstance(flag, (bool, np.bool_)) and bool(flag),
        "Work out both forms for the Keras run of the text.",
    )
