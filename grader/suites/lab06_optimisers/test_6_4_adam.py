"""Hidden checks of 6.4."""

from pathlib import Path

import numpy as np

from nablab.checking import exercise
from nablab.checking.load import load_module
from nablab.reference.optimizer import adam_step

walking = load_module(Path(__file__).with_name("walking.py"))
FORMS = ("paper", "keras")


def one_step(lr, b1, b2, eps, form):
    return lambda w, g, m, v, t: adam_step(w, g, m, v, t, lr, b1, b2, eps, form)


@exercise("6.4", stage="oracle")
def test_algorithm_1(student, rng):
    """The paper's form is Algorithm 1, also with an eps that is not small"""
    for shape in ((11,), (2, 5, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        args = rng.uniform(0.05, 0.3), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99), 0.125, "paper"
        got = walking.walk(student, "adam", w, gradients, args)
        walking.same_walk(got, walking.steps_of(one_step(*args), w, gradients, 2), f"w {shape}.")


@exercise("6.4", stage="oracle")
def test_the_form_of_keras(student, rng):
    """Keras's form adds eps to the uncorrected root"""
    for shape in ((7,), (3, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        args = rng.uniform(0.05, 0.3), rng.uniform(0.5, 0.9), rng.uniform(0.9, 0.99), 0.125, "keras"
        got = walking.walk(student, "adam", w, gradients, args)
        walking.same_walk(got, walking.steps_of(one_step(*args), w, gradients, 2), f"w {shape}.")


@exercise("6.4")
def test_with_a_tiny_epsilon_the_forms_are_one(student, rng):
    """With a tiny eps both forms make the same steps, and the first is lr long"""
    w, gradients = rng.normal(size=(5, 2)), rng.normal(size=(6, 5, 2))
    gradients += np.sign(gradients)
    args = 0.25, 0.9, 0.999, 1e-13
    expected = walking.steps_of(one_step(*args, "paper"), w, gradients, 2)
    for form in FORMS:
        got = walking.walk(student, "adam", w, gradients, (*args, form))
        walking.same_walk(got, expected, f'form "{form}", eps 1e-13.')
        walking.same_walk(got[0] - w, -0.25 * np.sign(gradients[0]), "The first step.")


@exercise("6.4", stage="probe")
def test_the_means_fade(student, rng):
    """After one gradient, and then none, the weights roll on as the means fade"""
    w, g = rng.normal(size=(2, 3)), 1 + rng.random((2, 3))
    for form in FORMS:
        args = 0.25, 0.75, 0.875, 0.5, form
        gradients = [g, *[0 * g] * 5]
        got = walking.walk(student, "adam", w, gradients, args)
        expected = walking.steps_of(one_step(*args), w, gradients, 2)
        walking.same_walk(got, expected, f'One gradient, then none; form "{form}".')


@exercise("6.4")
def test_two_networks_by_turns_under_adam(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for form in FORMS:
        args = (0.25, 0.5, 0.75, 0.25, form)
        walking.state_is_left_alone(student, "adam", rng, args)
        walking.two_networks_by_turns(student, "adam", rng, args, one_step(*args), 2)
