"""The visible checks of N.7."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.descent import adam_l2_step
from nablab.reference.optimizer import adamw_step

from .oracles import (
    G,
    W,
    pair,
    remembers_in_the_state_only,
    right_adam,
    same_walk,
    steps_of,
    twice,
    walk,
)

STEPS = {"adamw": adamw_step, "adam_l2": adam_l2_step}


def right_decay(name, lr, b1, b2, eps, wd):
    """The reference's step, for `steps_of`."""
    step = STEPS[name]
    return lambda w, g, m, v, t: step(
        w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps, epsilon_form="keras"
    )


@check("contract")
def test_both_return_weights_and_state(student):
    """adamw and adam_l2 return the new weights and the new state, and leave w and g as they were"""
    for name in STEPS:
        pair(contract(student, name, W, G, None, 0.1, 0.9, 0.99, 0.01, 0.5), W, name)


@check("hand")
def test_the_three_weights_of_the_text_under_adamw(student):
    """adamw takes the three weights of the text to 3.8, 380 and 3.7"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adamw", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    close(got[0], [3.8, 380, 3.7], given={"w": w, "g": g, "lr": 0.1, "wd": 0.5})


@check("hand")
def test_the_three_weights_of_the_text_under_adam_l2(student):
    """adam_l2 takes the three weights of the text to 3.9, 399.9 and 3.9"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adam_l2", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    given = {"w": w, "g": g, "lr": 0.1, "wd": 0.5}
    close(got[0] - w, [-0.1, -0.1, -0.1], "The three steps:", constant=True, given=given, rtol=1e-3)


@check("probe")
def test_adamw_alone_with_the_decay(student):
    """When all gradients are 0, adamw takes the share lr · wd off the weights at every step"""
    got = walk(student, "adamw", W, [0 * G] * 4, 0.25, 0.5, 0.75, 0.5, 0.5)
    shares = (1 - 0.25 * 0.5) ** np.arange(1, 5)[:, None, None]
    same_walk(got, shares * W, "All gradients are 0; lr is 0.25 and wd 0.5.", {"w": W})


@check("probe")
def test_without_decay_both_are_adam(student, rng):
    """With wd = 0 both are Adam, in Keras's form"""
    gradients = rng.normal(size=(5, 3, 2))
    expected = steps_of(right_adam(0.25, 0.5, 0.75, 0.5, "keras"), W, gradients, 2)
    for name in STEPS:
        got = walk(student, name, W, gradients, 0.25, 0.5, 0.75, 0.5, 0.0)
        same_walk(got, expected, f"{name} with wd = 0 and a large eps.", {"w": W})


@check()
def test_both_remember_in_the_state_only(student, rng):
    """Both remember everything in the state, and do not change the state they are given"""
    for name in STEPS:
        remembers_in_the_state_only(student, name, rng, 0.25, 0.5, 0.75, 0.25, 0.5)


@check("oracle")
def test_decay_and_penalty_on_weights_of_any_shape(student, rng):
    """Weights may have any shape, and some gradients may be 0"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        gradients[rng.random(gradients.shape) < 0.5] = 0
        for name in STEPS:
            args = (0.125, 0.75, 0.9375, 0.25, 0.5)
            expected = steps_of(right_decay(name, *args), w, gradients, 2)
            got = walk(student, name, w, gradients, *args)
            same_walk(got, expected, f"{name}, w {shape}, wd 0.5.", {"w": w})


def probe_decay(student):
    return [twice(student, name, 0.5, 0.5, 0.75, 0.5, 0.25) for name in STEPS]


PROBES = [probe_decay]
