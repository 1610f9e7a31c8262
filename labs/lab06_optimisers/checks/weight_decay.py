"""The visible checks of 6.7."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.descent import adam_l2_step
from nablab.reference.optimizer import adamw_step

from .oracles import (
    G,
    W,
    adam_walk,
    pair,
    remembers_in_the_state_only,
    same_walk,
    steps_of,
    twice,
    walk,
)

DECAYS = ("adamw", "adam_l2")


def decay_walk(name, w, gradients, lr, b1, b2, eps, wd):
    if name == "adamw":

        def one_step(w, g, m, v, t):
            return adamw_step(w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)
    else:

        def one_step(w, g, m, v, t):
            return adam_l2_step(w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)

    return steps_of(one_step, w, gradients, 2)


@check("contract")
def test_both_return_weights_and_state(student):
    """adamw and adam_l2 return the new weights and the new state, and leave w and g as they were"""
    for name in DECAYS:
        pair(contract(student, name, W, G, None, 0.1, 0.9, 0.99, 0.01, 0.5), W, name)


@check("hand")
def test_the_three_weights_of_the_text_under_adamw(student):
    """adamw takes the three weights of the text to 3.8, 380 and 3.7"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adamw", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    close(got[0], [3.8, 380, 3.7], given={"w": w, "g": g, "lr": 0.1, "wd": 0.5})


@check("hand")
def test_the_three_weights_of_the_text_under_adam_l2(student):
    """adam_l2 takes them to 3.9, 399.9 and 3.9"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adam_l2", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    given = {"w": w, "g": g, "lr": 0.1, "wd": 0.5}
    close(got[0] - w, [-0.1, -0.1, -0.1], "The three steps:", constant=True, given=given, rtol=1e-3)


@check("probe")
def test_adamw_alone_with_the_decay(student):
    """Without any gradient adamw takes the share lr · wd off the weights at every step"""
    got = walk(student, "adamw", W, [0 * G] * 4, 0.25, 0.5, 0.75, 0.5, 0.5)
    shares = (1 - 0.25 * 0.5) ** np.arange(1, 5)[:, None, None]
    same_walk(got, shares * W, "All gradients are 0; lr is 0.25 and wd 0.5.", {"w": W})


@check("probe")
def test_without_decay_both_are_adam(student, rng):
    """With wd = 0 both are Adam, in Keras's form"""
    gradients = rng.normal(size=(5, 3, 2))
    expected = adam_walk(W, gradients, 0.25, 0.5, 0.75, 0.5, "keras")
    for name in DECAYS:
        got = walk(student, name, W, gradients, 0.25, 0.5, 0.75, 0.5, 0.0)
        same_walk(got, expected, f"{name} with wd = 0 and a large eps.", {"w": W})


@check()
def test_both_remember_in_the_state_only(student, rng):
    """All that they remember is in the state, which they do not change"""
    for name in DECAYS:
        remembers_in_the_state_only(student, name, rng, 0.25, 0.5, 0.75, 0.25, 0.5)


@check("oracle")
def test_decay_and_penalty_on_weights_of_any_shape(student, rng):
    """Weights of any shape, gradients of which some are 0"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        gradients[rng.random(gradients.shape) < 0.5] = 0
        for name in DECAYS:
            args = (0.125, 0.75, 0.9375, 0.25, 0.5)
            expected = decay_walk(name, w, gradients, *args)
            got = walk(student, name, w, gradients, *args)
            same_walk(got, expected, f"{name}, w {shape}, wd 0.5.", {"w": w})


def probe_decay(student):
    return [twice(student, name, 0.5, 0.5, 0.75, 0.5, 0.25) for name in DECAYS]


PROBES = [probe_decay]
