"""Hidden checks of N.3."""

import math

import numpy as np

from nablab.checking import check, holds, mutant, variant
from nablab.reference.descent import rmsprop_outside_step
from nablab.reference.optimizer import rmsprop_step

from ..checks.oracles import same_walk, steps_of, walk
from ..checks.rmsprop import right_rmsprop
from .building_blocks import zeros
from .walking import state_is_left_alone, two_networks_by_turns


@check("oracle")
def test_random_steps_with_a_large_epsilon(student, rng):
    """Random steps with an eps that is not small, inside and outside"""
    for shape in ((11,), (5, 3), (2, 1, 7)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(12, *shape))
        args = rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.95), rng.uniform(0.2, 2)
        for inside in (True, False):
            expected = steps_of(right_rmsprop(*args, inside), w, gradients, 1)
            got = walk(student, "rmsprop", w, gradients, *args, inside)
            same_walk(got, expected, f"eps {args[2]:.2f}, eps_inside {inside}.")


@check()
def test_any_unit_of_the_loss(student, rng):
    """With a tiny eps the path does not depend on the unit of the loss"""
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(7, 3, 4))
    gradients += np.sign(gradients)
    for inside in (True, False):
        args = (0.125, 0.8, 1e-14, inside)
        expected = steps_of(right_rmsprop(*args), w, gradients, 1)
        for unit in (1, rng.uniform(200, 900), rng.uniform(0.1, 0.2)):
            got = walk(student, "rmsprop", w, unit * gradients, *args)
            same_walk(got, expected, f"All gradients times {unit:.3g}.")


@check("probe")
def test_weights_do_not_meddle(student, rng):
    """Each weight has its own mean square: large gradients of other weights change nothing"""
    w, gradients = rng.normal(size=5), 1 + rng.random((6, 5))
    for inside in (True, False):
        args = (0.125, 0.75, 0.25, inside)
        loud = gradients * [1, 100, 1, 1, 1e4]
        got = walk(student, "rmsprop", w, loud, *args)[:, [0, 2, 3]]
        expected = steps_of(right_rmsprop(*args), w, gradients, 1)[:, [0, 2, 3]]
        same_walk(got, expected, "The gradients of other weights are huge.")


@check("probe")
def test_equal_gradients(student, rng):
    """With a constant gradient the steps shrink while the mean square fills up"""
    w, g, rho = rng.normal(size=(2, 3)), 1 + rng.random((2, 3)), rng.uniform(0.5, 0.9)
    shares = 1 / np.sqrt(1 - rho ** np.arange(1, 8))
    expected = w - 0.25 * np.cumsum(shares)[:, None, None]
    for inside in (True, False):
        got = walk(student, "rmsprop", w, [g] * 7, 0.25, rho, 1e-14, inside)
        same_walk(got, expected, "Seven times the same gradient, with a tiny eps.")


@check()
def test_two_networks_by_turns_under_rmsprop(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    args = (0.25, 0.5, 0.25, True)
    state_is_left_alone(student, "rmsprop", rng, args)
    two_networks_by_turns(student, "rmsprop", rng, args, right_rmsprop(*args), 1)


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


@mutant("Your rmsprop ignores the flag: it always adds eps outside the root.")
def always_outside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, False)


@mutant("Your rmsprop ignores the flag: it always adds eps inside the root.")
def always_inside(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, True)


@mutant("Your flag means the opposite: if eps_inside is True, eps belongs under the root.")
def flag_reversed(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside)


flag_and_keras_reversed = mutant(
    "Your flag means the opposite: if eps_inside is True, eps belongs under the root. That is where "
    "Keras adds it.",
    rmsprop=lambda w, g, state, lr, rho, eps, eps_inside: rms(
        w, g, zeros(w) if state is None else state, lr, rho, eps, not eps_inside
    ),
    KERAS_EPS_INSIDE=False,
)


def divided(w, g, v, lr, eps, eps_inside):
    return w - lr * g / (np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps)


@mutant(
    "You add up all squares and forget none, which is Adagrad. Keep the share rho of the old mean and "
    "add the share 1 − rho of the new square.",
)
def adds_all_squares(w, g, state, lr, rho, eps, eps_inside):
    v = (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant(
    "You add the whole new square. In a mean the shares add up to 1, so it gets the share 1 − rho.",
)
def new_square_in_full(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), v


@mutant("The two shares are swapped: rho is the share of the old mean.")
def shares_swapped(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    return rms(w, g, v, lr, 1 - rho, eps, eps_inside)


@mutant("The root is missing: you divide by the mean square itself, which has the wrong unit.")
def root_missing(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.square(g)
    return w - lr * g / (v + eps), v


@mutant(
    "You divide by the mean square without this gradient. In the first step that is 0, and only eps "
    "is left. Update v first.",
)
def divides_by_the_old_mean(w, g, state, lr, rho, eps, eps_inside):
    v = zeros(w) if state is None else state
    new = rho * v + (1 - rho) * np.square(g)
    return divided(w, g, v, lr, eps, eps_inside), new


@mutant(
    "You do not use the mean square of the step before, so every step begins with 0 again. Keep it in "
    "the state.",
)
def mean_square_forgotten(w, g, state, lr, rho, eps, eps_inside):
    return rms(w, g, zeros(w), lr, rho, eps, eps_inside)


@mutant(
    "You take one mean over all weights. Every weight has its own mean square.",
)
def one_mean_for_all(w, g, state, lr, rho, eps, eps_inside):
    v = rho * (zeros(w) if state is None else state) + (1 - rho) * np.mean(np.square(g))
    return divided(w, g, v, lr, eps, eps_inside), v


says_outside = mutant(
    "In the Keras run v is 9, and 9 + 16 = 25: 2 − 0.5 · 6/5 = 1.4. Keras adds epsilon inside the "
    "root.",
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
