"""Hidden checks of N.7."""

import math

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.descent import adam_l2_step
from nablab.reference.optimizer import adamw_step

from ..checks.oracles import right_adam, same_walk, steps_of, walk
from ..checks.weight_decay import STEPS, right_decay
from .building_blocks import adam_with, memory
from .walking import state_is_left_alone, two_networks_by_turns


def same(student, name, w, gradients, args, says):
    got = walk(student, name, w, gradients, *args)
    same_walk(got, steps_of(right_decay(name, *args), w, gradients, 2), says)


@check("oracle")
def test_adamw_on_random_gradients(student, rng):
    """adamw on random gradients, with an eps that is not small"""
    for shape in ((11,), (2, 5, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(15, *shape))
        args = rng.uniform(0.1, 0.3), rng.uniform(0.5, 0.9), 0.9375, 0.125, rng.uniform(0.3, 0.8)
        same(student, "adamw", w, gradients, args, f"w {shape}.")


@check("oracle")
def test_adam_l2_on_random_gradients(student, rng):
    """adam_l2 on random gradients, with an eps that is not small"""
    for shape in ((7,), (3, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(15, *shape))
        args = rng.uniform(0.1, 0.3), rng.uniform(0.5, 0.9), 0.9375, 0.125, rng.uniform(0.3, 0.8)
        same(student, "adam_l2", w, gradients, args, f"w {shape}.")


@check("probe")
def test_sparse_gradients(student, rng):
    """Both take the right steps on gradients that are mostly 0"""
    w, gradients = 1 + rng.random((3, 4)), np.zeros((9, 3, 4))
    gradients[rng.integers(9, size=3), rng.integers(3, size=3), rng.integers(4, size=3)] = 2
    for name in STEPS:
        args = (0.125, 0.75, 0.875, 0.25, 0.5)
        same(student, name, w, gradients, args, f"{name}, gradients that are mostly 0.")


@check("probe")
def test_no_gradients_at_all(student, rng):
    """When all gradients are 0, adamw takes one share off all weights, adam_l2 one amount"""
    w = np.array([3.0, -5.0, 8.0]) * rng.uniform(1, 2)
    got = walk(student, "adamw", w, [0 * w] * 5, 0.25, 0.9, 0.999, 1e-9, 0.25)
    shares = (1 - 0.0625) ** np.arange(1, 6)[:, None]
    same_walk(got, shares * w, "adamw.")
    got = walk(student, "adam_l2", w, [0 * w], 0.25, 0.9, 0.999, 1e-9, 0.25)
    close(got[0] - w, -0.25 * np.sign(w), "The first step of adam_l2.", rtol=1e-3)


@check()
def test_without_a_decay(student, rng):
    """With wd = 0 both are Adam in Keras's form"""
    w, gradients = rng.normal(size=(4, 3)), rng.normal(size=(7, 4, 3))
    adam = (0.25, 0.6, 0.8, 0.5)
    expected = steps_of(right_adam(*adam, "keras"), w, gradients, 2)
    for name in STEPS:
        got = walk(student, name, w, gradients, *adam, 0.0)
        same_walk(got, expected, f"{name} with wd = 0.")


@check()
def test_two_networks_by_turns_with_decay(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for name in STEPS:
        args = (0.25, 0.5, 0.75, 0.25, 0.5)
        state_is_left_alone(student, name, rng, args)
        two_networks_by_turns(student, name, rng, args, right_decay(name, *args), 2)


# Mutants ------------------------------------------------------------------------------------------


def decoupled(w, g, state, lr, b1, b2, eps, wd):
    m, v, t = memory(w, state)
    w, m, v = adamw_step(w, g, m, v, t + 1, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)
    return w, (m, v, t + 1)


def coupled(w, g, state, lr, b1, b2, eps, wd, **other):
    m, v, t = memory(w, state)
    w, m, v = adam_l2_step(w, g, m, v, t + 1, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps, **other)
    return w, (m, v, t + 1)


@mutant(
    "Your adamw adds the decay to the gradient, so Adam divides it by its usual size. That is "
    "adam_l2. AdamW takes the decay off the weights, beside Adam.",
)
def decay_through_adam(w, g, state, lr, b1, b2, eps, wd):
    return coupled(w, g, state, lr, b1, b2, eps, wd)


penalty_beside_adam = mutant(
    "Your adam_l2 takes the decay off the weights. The penalty is part of the loss: add its gradient, "
    "wd · w, to g before Adam sees it.",
    adam_l2=decoupled,
)


names_swapped = mutant(
    "adamw and adam_l2 are swapped: AdamW is the one that keeps the decay out of Adam.",
    adamw=coupled,
    adam_l2=decoupled,
)


@mutant(
    "Your decay is wd · w. Here it is multiplied by the rate too, lr · wd · w, so that it shrinks "
    "along with the schedule.",
)
def decay_without_the_rate(w, g, state, lr, b1, b2, eps, wd):
    return decoupled(w, g, state, lr, b1, b2, eps, wd / lr)


@mutant("Your decay lets the weights grow: subtract it.")
def grows(w, g, state, lr, b1, b2, eps, wd):
    return decoupled(w, g, state, lr, b1, b2, eps, -wd)


@mutant(
    "You compute the decay from the weights after Adam's step. Compute it from the old w.",
)
def decays_the_new_weights(w, g, state, lr, b1, b2, eps, wd):
    new, state = decoupled(w, g, state, lr, b1, b2, eps, 0.0)
    return new - lr * wd * new, state


@mutant(
    "You take the same amount off every weight, lr · wd, whatever its size, as an L1 penalty does. "
    "Decay takes the same share off every weight.",
)
def same_amount_for_all(w, g, state, lr, b1, b2, eps, wd):
    new, state = decoupled(w, g, state, lr, b1, b2, eps, 0.0)
    return new - lr * wd * np.sign(w), state


penalty_without_the_half = mutant(
    "Your penalty is wd ‖w‖², whose gradient is 2 wd w. With the factor ½ it is wd w.",
    adam_l2=lambda w, g, state, lr, b1, b2, eps, wd: coupled(w, g, state, lr, b1, b2, eps, 2 * wd),
)


def adam_l2_of_the_paper(w, g, state, lr, b1, b2, eps, wd):
    return coupled(w, g, state, lr, b1, b2, eps, wd, epsilon_form="paper")


def adamw_of_the_paper(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=float), np.asarray(g, dtype=float)
    return adam_with(w - lr * wd * w, g, state, lr, b1, b2, eps, "paper")


epsilon_of_the_paper = mutant(
    "Both of your functions use the paper's form of Adam. The exercise asks for Keras's form, which "
    "differs where eps is not tiny.",
    adamw=adamw_of_the_paper,
    adam_l2=adam_l2_of_the_paper,
)


# Variants -----------------------------------------------------------------------------------------


def own_adamw(w, g, state, lr, b1, b2, eps, wd):
    m, v, t = state if state is not None else (0 * g, 0 * g, 0)
    t, m, v = t + 1, b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
    alpha = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
    return (1 - lr * wd) * w - alpha * m / (np.sqrt(v) + eps), (m, v, t)


def own_adam_l2(w, g, state, lr, b1, b2, eps, wd):
    return own_adamw(w, g + wd * w, state, lr, b1, b2, eps, 0.0)


without_the_adam_of_before = variant(
    "both with their own Adam", adamw=own_adamw, adam_l2=own_adam_l2
)


penalty_from_the_decay = variant("only adam_l2 is different", adam_l2=own_adam_l2)


def float32_adamw(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    new, state = own_adamw(w, g, state, np.float32(lr), b1, b2, np.float32(eps), np.float32(wd))
    return new.astype(np.float32), state


def float32_adam_l2(w, g, state, lr, b1, b2, eps, wd):
    g = np.asarray(g, dtype=np.float32) + np.float32(wd) * np.asarray(w, dtype=np.float32)
    return float32_adamw(w, g, state, lr, b1, b2, eps, 0.0)


in_single_precision = variant("float32", adamw=float32_adamw, adam_l2=float32_adam_l2)


def loop_adamw(w, g, state, lr, b1, b2, eps, wd):
    w, g = np.asarray(w, dtype=float), np.asarray(g, dtype=float)
    state = {} if state is None else state
    t, new, after = state.get("t", 0) + 1, np.empty(w.shape), {"t": state.get("t", 0) + 1}
    for n, place in enumerate(np.ndindex(w.shape)):
        m, v = state.get(n, (0.0, 0.0))
        m, v = b1 * m + (1 - b1) * g[place], b2 * v + (1 - b2) * g[place] ** 2
        alpha = lr * math.sqrt(1 - b2**t) / (1 - b1**t)
        new[place] = w[place] - lr * wd * w[place] - alpha * m / (math.sqrt(v) + eps)
        after[n] = (float(m), float(v))
    return new, after


number_by_number = variant("number by number, only adamw is different", adamw=loop_adamw)
