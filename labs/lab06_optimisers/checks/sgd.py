"""The visible checks of 6.1."""

import numpy as np

from nablab.checking import check, contract
from nablab.reference.optimizer import momentum_step, nesterov_step

from .oracles import ONE, G, W, kept, pair, remembers_in_the_state_only, same_walk, steps_of, walk

HAND = [np.array([2.0]), np.array([4.0]), np.array([-2.0])]


def right_sgd(lr, momentum, nesterov=False):
    """The reference's step, for `steps_of`; lr is one rate, or one for each step."""
    one_step = nesterov_step if nesterov else momentum_step
    return lambda w, g, v, t: one_step(w, g, v, lr if np.ndim(lr) == 0 else lr[t - 1], momentum)


@check("contract")
def test_sgd_returns_weights_and_state(student):
    """sgd returns the new weights and the new state, and leaves w and g as they were"""
    pair(contract(student, "sgd", W, G, None, 0.1), W, "sgd")
    pair(contract(student, "sgd", W, G, None, 0.1, 0.5, True), W, "sgd")


@check("hand")
def test_the_plain_steps_of_the_text(student):
    """Without momentum the steps of the text lead to 0.8, 0.4 and 0.6"""
    got = walk(student, "sgd", ONE, HAND, 0.1)
    same_walk(got, [[0.8], [0.4], [0.6]], "w after each step:", {"g": [2, 4, -2], "lr": 0.1})


@check("hand")
def test_the_momentum_steps_of_the_text(student):
    """With momentum 0.5 the steps of the text lead to 0.8, 0.3 and 0.25"""
    got = walk(student, "sgd", ONE, HAND, 0.1, 0.5)
    given = {"g": [2, 4, -2], "lr": 0.1, "momentum": 0.5}
    same_walk(got, [[0.8], [0.3], [0.25]], "w after each step:", given)


@check("hand")
def test_the_nesterov_steps_of_the_text(student):
    """With Nesterov's form the steps of the text lead to 0.7, 0.05 and 0.225"""
    got = walk(student, "sgd", ONE, HAND, 0.1, 0.5, True)
    given = {"g": [2, 4, -2], "lr": 0.1, "momentum": 0.5, "nesterov": True}
    same_walk(got, [[0.7], [0.05], [0.225]], "w after each step:", given)


@check("probe")
def test_without_a_gradient_it_rolls_on(student):
    """When the gradient is 0 the weights roll on, each step momentum times the one before"""
    gradients = [G, 0 * G, 0 * G, 0 * G]
    got = walk(student, "sgd", W, gradients, 0.5, 0.75)
    shares = np.cumsum([1, 0.75, 0.75**2, 0.75**3])[:, None, None]
    same_walk(got, W - shares * 0.5 * G, "One gradient, then three of 0.", {"momentum": 0.75})


@check("probe")
def test_the_old_velocity_keeps_the_old_rate(student):
    """When the rate changes, the old velocity keeps the old rate"""
    rates = (0.5, 0.0, 0.25)
    for nesterov in (False, True):
        got = walk(student, "sgd", W, [G, G, -G], lambda t, n=nesterov: (rates[t], 0.5, n))
        expected = steps_of(right_sgd(rates, 0.5, nesterov), W, [G, G, -G], 1)
        same_walk(
            got,
            expected,
            f"The rates are 0.5, 0 and 0.25, momentum is 0.5, nesterov is {nesterov}. The rate "
            "belongs inside the velocity.",
        )


@check()
def test_sgd_remembers_in_the_state_only(student, rng):
    """sgd remembers everything in the state, and does not change the state it is given"""
    remembers_in_the_state_only(student, "sgd", rng, 0.25, 0.5, False)


@check("oracle")
def test_sgd_on_weights_of_any_shape(student, rng):
    """Weights may have any shape, and may be whole numbers"""
    for shape in ((7,), (2, 5), (3, 1, 4)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        for nesterov in (False, True):
            expected = steps_of(right_sgd(0.125, 0.75, nesterov), w, gradients, 1)
            got = walk(student, "sgd", w, gradients, 0.125, 0.75, nesterov)
            same_walk(got, expected, f"w {shape}, nesterov {nesterov}.", {"w": w})
    w, g = np.array([4, -2, 7]), np.array([1, 3, -2])
    expected = steps_of(right_sgd(0.25, 0.5), w, [g, g, g], 1)
    same_walk(walk(student, "sgd", w, [g, g, g], 0.25, 0.5), expected, "Whole numbers:", {"w": w})


def probe_sgd(student):
    rates, gradients = (0.5, 0.125, 0.25), [G, G[::-1], -G]
    return [
        walk(student, "sgd", W, gradients, lambda t, n=nesterov: (rates[t], 0.5, n))
        for nesterov in (False, True)
    ]


def probe_sgd_state(student):
    return kept(student, "sgd", 0.5, 0.5)


PROBES = [probe_sgd, probe_sgd_state]
