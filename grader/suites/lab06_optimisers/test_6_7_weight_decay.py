"""Hidden checks of 6.7."""

from pathlib import Path

import numpy as np

from nablab.checking import close, exercise
from nablab.checking.load import load_module
from nablab.reference.descent import adam_l2_step
from nablab.reference.optimizer import adam_step, adamw_step

walking = load_module(Path(__file__).with_name("walking.py"))
STEPS = {"adamw": adamw_step, "adam_l2": adam_l2_step}


def one_step(name, lr, b1, b2, eps, wd):
    step = STEPS[name]
    return lambda w, g, m, v, t: step(
        w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps, epsilon_form="keras"
    )


def same(student, name, w, gradients, args, says):
    got = walking.walk(student, name, w, gradients, args)
    walking.same_walk(got, walking.steps_of(one_step(name, *args), w, gradients, 2), says)


@exercise("6.7", stage="oracle")
def test_adamw_on_random_gradients(student, rng):
    """adamw on random gradients, also with an eps that is not small"""
    for shape in ((11,), (2, 5, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(15, *shape))
        args = rng.uniform(0.1, 0.3), rng.uniform(0.5, 0.9), 0.9375, 0.125, rng.uniform(0.3, 0.8)
        same(student, "adamw", w, gradients, args, f"w {shape}.")


@exercise("6.7", stage="oracle")
def test_adam_l2_on_random_gradients(student, rng):
    """adam_l2 on random gradients, also with an eps that is not small"""
    for shape in ((7,), (3, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(15, *shape))
        args = rng.uniform(0.1, 0.3), rng.uniform(0.5, 0.9), 0.9375, 0.125, rng.uniform(0.3, 0.8)
        same(student, "adam_l2", w, gradients, args, f"w {shape}.")


@exercise("6.7", stage="probe")
def test_sparse_gradients(student, rng):
    """On gradients that are mostly 0 each is what it should be, and they differ"""
    w, gradients = 1 + rng.random((3, 4)), np.zeros((9, 3, 4))
    gradients[rng.integers(9, size=3), rng.integers(3, size=3), rng.integers(4, size=3)] = 2
    for name in STEPS:
        args = (0.125, 0.75, 0.875, 0.25, 0.5)
        same(student, name, w, gradients, args, f"{name}, gradients that are mostly 0.")


@exercise("6.7", stage="probe")
def test_no_gradients_at_all(student, rng):
    """Without gradients adamw shrinks all weights by one share, adam_l2 all by one amount"""
    w = np.array([3.0, -5.0, 8.0]) * rng.uniform(1, 2)
    got = walking.walk(student, "adamw", w, [0 * w] * 5, (0.25, 0.9, 0.999, 1e-9, 0.25))
    shares = (1 - 0.0625) ** np.arange(1, 6)[:, None]
    walking.same_walk(got, shares * w, "adamw.")
    got = walking.walk(student, "adam_l2", w, [0 * w], (0.25, 0.9, 0.999, 1e-9, 0.25))
    close(got[0] - w, -0.25 * np.sign(w), "The first step of adam_l2.", rtol=1e-3)


@exercise("6.7")
def test_without_a_decay(student, rng):
    """With wd = 0 both are Adam in Keras's form"""
    w, gradients = rng.normal(size=(4, 3)), rng.normal(size=(7, 4, 3))
    lr, b1, b2, eps = 0.25, 0.6, 0.8, 0.5
    expected = walking.steps_of(
        lambda w, g, m, v, t: adam_step(w, g, m, v, t, lr, b1, b2, eps, "keras"), w, gradients, 2
    )
    for name in STEPS:
        got = walking.walk(student, name, w, gradients, (lr, b1, b2, eps, 0.0))
        walking.same_walk(got, expected, f"{name} with wd = 0.")


@exercise("6.7")
def test_two_networks_by_turns_with_decay(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for name in STEPS:
        args = (0.25, 0.5, 0.75, 0.25, 0.5)
        walking.state_is_left_alone(student, name, rng, args)
        walking.two_networks_by_turns(student, name, rng, args, one_step(name, *args), 2)
