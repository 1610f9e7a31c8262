"""The visible checks of 6.4."""

import numpy as np

from nablab.checking import check, contract

from .oracles import (
    ONE,
    G,
    W,
    kept,
    pair,
    remembers_in_the_state_only,
    right_adam,
    same_walk,
    steps_of,
    twice,
    walk,
)

FORMS = ("paper", "keras")


@check("contract")
def test_adam_returns_weights_and_state(student):
    """adam returns the new weights, all finite, and the new state, and leaves w and g alone"""
    for form in FORMS:
        pair(contract(student, "adam", W, G, None, 0.1, 0.9, 0.99, 0.01, form), W, "adam")


@check("hand")
def test_the_paper_steps_of_the_text(student):
    """In the paper's form the steps of the text lead to 0.7 and 0.4"""
    got = walk(student, "adam", ONE, [2 * ONE] * 2, 0.6, 0.5, 0.75, 2.0, "paper")
    given = {"g": [2, 2], "lr": 0.6, "b1": 0.5, "b2": 0.75, "eps": 2, "form": "paper"}
    same_walk(got, [[0.7], [0.4]], "w after each step:", given)


@check("hand")
def test_the_keras_steps_of_the_text(student):
    """In Keras's form the steps of the text lead to 0.8 and 0.5611"""
    got = walk(student, "adam", ONE, [2 * ONE] * 2, 0.6, 0.5, 0.75, 2.0, "keras")
    given = {"g": [2, 2], "lr": 0.6, "b1": 0.5, "b2": 0.75, "eps": 2, "form": "keras"}
    second = 0.6 * np.sqrt(0.4375) / 0.75 * 1.5 / (np.sqrt(1.75) + 2)
    same_walk(got, [[0.8], [0.8 - second]], "w after each step:", given)


@check("probe")
def test_the_first_step_is_lr_long(student):
    """With a tiny eps the first step has the length lr, whatever the size of the gradient"""
    g = np.array([[1e-3, -1.0], [50.0, -2e3], [0.3, 7.0]])
    for form in FORMS:
        got = walk(student, "adam", W, [g], 0.25, 0.9, 0.999, 1e-12, form)
        expected = W - 0.25 * np.sign(g)
        same_walk(got[0], expected, f'form "{form}", t = 1.', {"g": g})


@check("probe")
def test_a_constant_gradient_makes_equal_steps(student):
    """While the gradient stays the same, every step has the length lr"""
    for form in FORMS:
        got = walk(student, "adam", 0 * W, [G] * 6, 0.25, 0.75, 0.875, 1e-12, form)
        expected = -0.25 * np.sign(G) * np.arange(1, 7)[:, None, None]
        same_walk(got, expected, f'Six times the same gradient, form "{form}".', {"g": G})


@check()
def test_adam_remembers_in_the_state_only(student, rng):
    """adam remembers everything in the state, and does not change the state it is given"""
    for form in FORMS:
        remembers_in_the_state_only(student, "adam", rng, 0.25, 0.5, 0.75, 0.25, form)


@check("oracle")
def test_adam_with_a_large_epsilon(student, rng):
    """Weights may have any shape, in both forms, with an eps that is not small"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(9, *shape))
        for form in FORMS:
            args = (0.125, 0.75, 0.9375, 0.25, form)
            expected = steps_of(right_adam(*args), w, gradients, 2)
            got = walk(student, "adam", w, gradients, *args)
            same_walk(got, expected, f'w {shape}, eps 0.25, form "{form}".', {"w": w})


def probe_adam(student):
    return [twice(student, "adam", 0.5, 0.5, 0.75, 0.5, form) for form in FORMS]


def probe_adam_state(student):
    return kept(student, "adam", 0.5, 0.5, 0.75, 0.5, "paper")


PROBES = [probe_adam, probe_adam_state]
