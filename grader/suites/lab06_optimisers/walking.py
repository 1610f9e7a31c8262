"""What the hidden checks of N.1, N.3, N.4 and N.7 share: walks of a student's optimiser, and of the
reference."""

import numpy as np

from nablab.checking import close, holds
from nablab.checking.expect import as_numbers
from nablab.checking.fingerprint import alike
from nablab.sandbox.student import Handle, arguments_after_call


def pair(got, w, name):
    """The new weights, checked to be a finite array like w, and the new state."""
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        f"{name} should return two things, `return w, state`.",
    )
    new = as_numbers(got[0], says="The new w:")
    holds(new.shape == np.shape(w), f"The new w of {name} has another shape than w.")
    holds(np.isfinite(new).all(), f"{name} leads to numbers that are not finite.")
    return new, got[1]


def walk(student, name, w, gradients, args):
    """The weights after each step; args is a tuple, or gives one for the step's number from 0."""
    state, places = None, []
    for number, g in enumerate(gradients):
        given = args(number) if callable(args) else args
        w, state = pair(getattr(student, name)(w, g, state, *given), w, name)
        places.append(w)
    return np.array(places)


def steps_of(one_step, w, gradients, parts):
    """The same by a function of the reference: one_step(w, g, *memory, t) -> w, *memory."""
    memory, places = [np.zeros(np.shape(w))] * parts, []
    for t, g in enumerate(gradients, 1):
        w, *memory = one_step(w, g, *memory, t)
        places.append(w)
    return np.array(places)


def same_walk(got, expected, says=""):
    """Two walks are the same, up to the rounding of float32."""
    close(got, expected, says, atol=1e-5 * float(np.abs(expected).max()), constant=True)


def two_networks_by_turns(student, name, rng, args, one_step, parts):
    """Two networks of other shapes, trained by turns, walk as each would alone; asked twice from one
    state, or again from an early one, the answer is the same."""
    optimiser = getattr(student, name)
    shapes, steps = ((3, 5), (2, 1, 7)), 4
    starts = [rng.normal(size=shape) for shape in shapes]
    gradients = [rng.normal(size=(steps, *shape)) for shape in shapes]
    expected = [steps_of(one_step, *given, parts) for given in zip(starts, gradients, strict=True)]
    weights, states, kept = list(starts), [None, None], []
    for step in range(steps):
        for k in (0, 1):
            w, state, g = weights[k], states[k], gradients[k][step]
            for _ in range(2):
                weights[k], states[k] = pair(optimiser(w, g, state, *args), w, name)
                says = f"{name}, two networks by turns, step {step + 1}."
                same_walk(weights[k], expected[k][step], says)
        kept.append((weights[0], states[0]))
    w, state = kept[0]
    again, _ = pair(optimiser(w, gradients[0][1], state, *args), w, name)
    same_walk(again, expected[0][1], f"{name}, from a state that was kept since the first step.")


def state_is_left_alone(student, name, rng, args):
    """A step changes neither the weights, nor the gradient, nor the state that it is given."""
    w, gradients = rng.normal(size=(5, 2)), rng.normal(size=(3, 5, 2))
    state = None
    for g in gradients:
        before = np.array(w), np.array(g), state
        got, after = arguments_after_call(student, name, w, g, state, *args)
        for what, old, new in zip(("w", "g", "the state"), before, after[:3], strict=True):
            if not holds_an_object(old):
                holds(alike(new, old), f"{name} has changed {what} in place.")
        w, state = pair(got, w, name)


def holds_an_object(state):
    if isinstance(state, dict):
        return any(map(holds_an_object, state.values()))
    if isinstance(state, (list, tuple)):
        return any(map(holds_an_object, state))
    return isinstance(state, Handle)
