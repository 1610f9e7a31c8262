"""Hidden checks of N.3."""

import math

import numpy as np

from nablab.checking import check, holds, mutant, variant
from nablab.reference.descent import rmsprop_outside_step
from nablab.reference.optimizer import rmsprop_step

from . import walking
from .building_blocks import zeros


def one_step(lr, rho, eps, inside):
    if inside:
        return lambda w, g, v, t: rmsprop_step(w, g, v, lr, rho, eps)[:2]
    return lambda w, g, v, t: rmsprop_outside_step(w, g, v, lr, rho, eps)


@check("oracle")
def test_random_steps_with_a_large_epsilon(student, rng):
    """Random steps with an eps that is not small, inside and outside"""
    for shape in ((11,), (5, 3), (2, 1, 7)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(12, *shape))
        args = rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.95), rng.uniform(0.2, 2)
        for inside in (True, False):
            expected = walking.steps_of(one_step(*args, inside), w, gradients, 1)
            got = walking.walk(student, "rmsprop", w, gradients, (*args, inside))
            walking.same_walk(got, expected, f"eps {args[2]:.2f}, eps_inside {inside}.")


@check()
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


@check("probe")
def test_weights_do_not_meddle(student, rng):
    """Each weight has a mean square of its own: large gradients beside it change nothing"""
    w, gradients = rng.normal(size=5), 1 + rng.random((6, 5))
    for inside in (True, False):
        args = (0.125, 0.75, 0.25, inside)
        loud = gradients * [1, 100, 1, 1, 1e4]
        got = walking.walk(student, "rmsprop", w, loud, args)[:, [0, 2, 3]]
        expected = walking.steps_of(one_step(*args), w, gradients, 1)[:, [0, 2, 3]]
        walking.same_walk(got, expected, "The gradients of other weights are huge.")


@check("probe")
def test_equal_gradients(student, rng):
    """For a constant gradient the steps shrink as its mean square is filled up"""
    w, g, rho = rng.normal(size=(2, 3)), 1 + rng.random((2, 3)), rng.uniform(0.5, 0.9)
    shares = 1 / np.sqrt(1 - rho ** np.arange(1, 8))
    expected = w - 0.25 * np.cumsum(shares)[:, None, None]
    for inside in (True, False):
        got = walking.walk(student, "rmsprop", w, [g] * 7, (0.25, rho, 1e-14, inside))
        walking.same_walk(got, expected, "Seven times the same gradient, with a tiny eps.")


@check()
def test_two_networks_by_turns_under_rmsprop(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    args = (0.25, 0.5, 0.25, True)
    walking.state_is_left_alone(student, "rmsprop", rng, args)
    walking.two_networks_by_turns(student, "rmsprop", rng, args, one_step(*args), 1)


@check()
def test_what_is_said_of_keras(student):
    """KERAS_EPS_INSIDE says where Keras adds epsilon"""
    flag = student.KERAS_EPS_INSIDE
    holds(
        isinstance(flag, (bool, np.bool_)) and bool(flag),
        "Work out both forms for the Keras run of the text.",
    )


# Mutants ------------------------------------------------------------------------------------------


def rms(w, g, v, lr, rho, eps, eps_inside):
    """The right step, from the mean square before it."""
    if eps_inside:
        return rmsprop_step(w, g, v, lr, rho, eps)[:2]
    return rmsprop_outside_step(w, g, v, lr, rho, eps)


@mutant("The flag changes nothing: you always add eps outside the root.")
def always_outside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, False)


@mutant("The flag changes nothing: you always add eps inside the root.")
def always_inside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, True)


@mutant("The flag means the opposite: with eps_inside eps stands under the root.")
def flag_reversed(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside)


flag_and_keras_reversed = mutant(
    "The flag means the opposite: with eps_inside eps stands under the root. So it does in Keras.",
    rmsprop=lambda w, g, state, lr, rho, eps, eps_inside: rms(
        w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside
    ),
    KERAS_EPS_INSIDE=False,
)


def divided(w, g, v, lr, eps, eps_inside):
    return w - lr * g / (np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps)


@mutant(
    "This adds all squares up and never forgets one (that is Adagrad). Keep the share rho of the "
    "old mean and add the share 1 − rho of the new square.",
)
def adds_all_squares(w, g, state, lr, rho, eps, eps_inside):
    v = (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant(
    "The new square counts in full. In a mean the shares add up to 1: it gets 1 − rho.",
)
def new_square_in_full(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant("The shares have changed places: rho is what the old mean keeps.")
def shares_swapped(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    return rms(w, g, v, lr, 1 - rho, eps, eps_inside)


@mutant("The root is missing: you divide by the mean square, which has the wrong unit.")
def root_missing(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.square(g)
    return w - lr * g / (v + eps), v


@mutant(
    "You divide by the mean square before this gradient is in it. In the first step that is 0, and "
    "only eps is left. Bring v up to date first.",
)
def divides_by_the_old_mean(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    new = rho * v + (1 - rho) * np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), new


@mutant(
    "You return no mean square for the next step, so every step begins with 0 again.",
)
def mean_square_forgotten(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w), lr, rho, eps, eps_inside)


@mutant(
    "You take one mean over all weights. Every weight has a mean square of its own.",
)
def one_mean_for_all(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.mean(np.square(g))
    return divided(w, g, v, lr, eps, eps_inside), v


says_outside = mutant(
    "v is 9 there, and 9 + 16 = 25: 2 − 0.5 · 6/5 = 1.4. Keras adds epsilon inside the root.",
    KERAS_EPS_INSIDE=False,
)


# Variants -----------------------------------------------------------------------------------------


@variant("the mean square moves towards the new square; a dict")
def rmsprop_by_moving(w, g, state, lr, rho, eps, eps_inside):
    v = state["v"] if state else np.zeros(np.shape(w))
    v = v + (1 - rho) * (np.square(g) - v)
    if eps_inside:
        return w - lr * g * (v + eps) ** -0.5, {"v": v}
    return w - lr * g / (v**0.5 + eps), {"v": v}


@variant("float32; the flag as a number")
def rmsprop_in_float32(w, g, state, lr, rho, eps, eps_inside):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    rho = np.float32(rho)
    v = (1 - rho) * g * g + (0 if state is None else rho * state)
    under, beside = np.float32(eps * eps_inside), np.float32(eps * (not eps_inside))
    return w - np.float32(lr) * g / (np.sqrt(v + under) + beside), v


@variant("number by number")
def rmsprop_by_loops(w, g, state, lr, rho, eps, eps_inside):
    new, means = np.zeros(np.shape(w)), np.zeros(np.shape(w))
    for place in np.ndindex(np.shape(w)):
        old = 0.0 if state is None else state[place]
        means[place] = rho * old + (1 - rho) * float(g[place]) ** 2
        size = means[place]
        size = math.sqrt(size + eps) if eps_inside else math.sqrt(size) + eps
        new[place] = w[place] - lr * g[place] / size
    return new, means


flag_of_numpy = variant("the constant as a NumPy truth value", KERAS_EPS_INSIDE=np.bool_(True))
