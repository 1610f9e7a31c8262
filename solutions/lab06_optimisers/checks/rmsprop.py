"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, contract, holds
from nablab.reference.descent import rmsprop_outside_step
from nablab.reference.optimizer import rmsprop_step

from .oracles import ONE, G, W, pair, remembers_in_the_state_only, same_walk, steps_of, twice, walk


def right_rmsprop(lr, rho, eps, inside):
    """The reference's step, for `steps_of`."""
    if inside:
        return lambda w, g, v, t: rmsprop_step(w, g, v, lr, rho, eps)[:2]
    return lambda w, g, v, t: rmsprop_outside_step(w, g, v, lr, rho, eps)


@check("contract")
def test_rmsprop_returns_weights_and_state(student):
    """rmsprop returns the new weights and the new state, and KERAS_EPS_INSIDE is True or False"""
    for inside in (True, False):
        pair(contract(student, "rmsprop", W, G, None, 0.1, 0.9, 0.01, inside), W, "rmsprop")
    flag = student.KERAS_EPS_INSIDE
    holds(isinstance(flag, (bool, np.bool_)), "Set KERAS_EPS_INSIDE to True or False.", got=flag)


@check("hand")
def test_the_steps_of_the_text_with_epsilon_inside(student):
    """With epsilon inside, the steps of the text lead to 0.4 and 0.7"""
    got = walk(student, "rmsprop", ONE, [3 * ONE, -1.5 * ONE], 0.5, 0.75, 4.0, True)
    given = {"g": [3, -1.5], "lr": 0.5, "rho": 0.75, "eps": 4, "eps_inside": True}
    same_walk(got, [[0.4], [0.7]], "w after each step:", given)


@check("hand")
def test_the_step_of_the_text_with_epsilon_outside(student):
    """With epsilon outside, the first step of the text leads to 0.7272…"""
    got = walk(student, "rmsprop", ONE, [3 * ONE], 0.5, 0.75, 4.0, False)
    given = {"g": 3, "lr": 0.5, "rho": 0.75, "eps": 4, "eps_inside": False}
    same_walk(got, [[1 - 1.5 / 5.5]], "w after the step:", given)


@check("hand")
def test_where_keras_adds_epsilon(student):
    """KERAS_EPS_INSIDE names the form that gives Keras's result, 1.4"""
    flag = student.KERAS_EPS_INSIDE
    holds(
        isinstance(flag, (bool, np.bool_)) and bool(flag),
        "In the Keras run v = 0.25 · 36 = 9. Work out 2 − 0.5 · 6 / √(9 + 16) and "
        "2 − 0.5 · 6 / (3 + 16): which of them is 1.4?",
        got=flag,
    )


@check("probe")
def test_the_mean_square_fades(student):
    """A large gradient is forgotten step by step: each keeps the share rho of the mean square"""
    gradients = [8 * np.sign(G), *[np.sign(G)] * 4]
    for inside in (True, False):
        got = walk(student, "rmsprop", W, gradients, 0.5, 0.25, 1e-12, inside)
        expected = steps_of(right_rmsprop(0.5, 0.25, 1e-12, inside), W, gradients, 1)
        same_walk(got, expected, "Gradients of ±8, then of ±1; rho is 0.25.", {"w": W})


@check()
def test_the_loss_may_be_measured_in_any_unit(student, rng):
    """With a tiny eps, gradients a thousand times as large give the same path"""
    gradients = rng.normal(size=(6, 3, 2))
    gradients += np.sign(gradients)
    for inside in (True, False):
        args = (0.25, 0.75, 1e-14, inside)
        small = walk(student, "rmsprop", W, gradients, *args)
        large = walk(student, "rmsprop", W, 1000 * gradients, *args)
        same_walk(large, small, f"All gradients times 1000, eps_inside {inside}.")


@check()
def test_rmsprop_remembers_in_the_state_only(student, rng):
    """rmsprop remembers everything in the state, and does not change the state it is given"""
    remembers_in_the_state_only(student, "rmsprop", rng, 0.25, 0.5, 0.25, True)


@check("oracle")
def test_rmsprop_on_weights_of_any_shape(student, rng):
    """Weights may have any shape, with eps inside and outside"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        for inside in (True, False):
            expected = steps_of(right_rmsprop(0.125, 0.75, 0.5, inside), w, gradients, 1)
            got = walk(student, "rmsprop", w, gradients, 0.125, 0.75, 0.5, inside)
            same_walk(got, expected, f"w {shape}, eps 0.5, eps_inside {inside}.", {"w": w})


def probe_rmsprop(student):
    return [twice(student, "rmsprop", 0.5, 0.25, 0.5, inside) for inside in (True, False)]


PROBES = [probe_rmsprop, "KERAS_EPS_INSIDE"]
