"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.checking import close, holds
from nablab.checking.expect import as_numbers, show
from nablab.checking.fingerprint import alike
from nablab.reference.optimizer import adam_step
from nablab.sandbox.student import Handle, arguments_after_call


# What the checks of all optimisers need -----------------------------------------------------------
def two(got, name):
    """What an optimiser returns: two things."""
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        f"{name} should return two things, `return w, state`. It returned {show(got)}.",
        got=got,
    )
    return got


def pair(got, w, name):
    """The new weights, a finite array of the shape of w, and the new state."""
    two(got, name)
    new = as_numbers(got[0], says="The new w:")
    says = f"The new w has the shape {new.shape}, but w has the shape {np.shape(w)}."
    if new.shape == W.shape:
        says += " An earlier call had that shape: is something kept outside the function?"
    holds(new.shape == np.shape(w), says, got=new)
    holds(np.isfinite(new).all(), f"{name} returned weights that are not finite.", got=new)
    return new, got[1]


def walk(student, name, w, gradients, *args):
    """The weights after each step of a student's optimiser. `args` follow w, g and state: the same
    in each step, or a function that gives them for the number of the step, from 0."""
    state, places = None, []
    for number, g in enumerate(gradients):
        given = args[0](number) if args and callable(args[0]) else args
        w, state = pair(getattr(student, name)(w, g, state, *given), w, name)
        places.append(w)
    return np.array(places)


def same_walk(got, expected, says="", given=None):
    """Two walks are the same, up to float32 rounding."""
    atol = 1e-5 * float(np.abs(expected).max())
    close(got, expected, says, atol=atol, given=given, constant=True)


def steps_of(one_step, w, gradients, parts):
    """The weights after each step of the reference: one_step(w, g, *memory, t) -> w, *memory, where
    memory has so many parts and t counts from 1."""
    memory, places = [np.zeros(np.shape(w))] * parts, []
    for t, g in enumerate(gradients, 1):
        w, *memory = one_step(w, g, *memory, t)
        places.append(w)
    return np.array(places)


def remembers_in_the_state_only(student, name, rng, *args):
    """A step changes neither the state that it is given nor anything global."""
    w, g, other = rng.normal(size=(3, 2)), rng.normal(size=(2, 3, 2)) + 2, rng.normal(size=(3, 2))
    optimiser = getattr(student, name)
    first, state = pair(optimiser(w, g[0], None, *args), w, name)
    got, after = arguments_after_call(student, name, first, g[1], state, *args)
    second, _ = pair(got, w, name)
    if not holds_an_object(state):
        holds(
            alike(after[2], state),
            f"{name} has changed the state that it was given. Make a new one: `v = …` instead of "
            "`v += …`, and a new tuple or dict instead of writing into the old one.",
            got=after[2],
            expected=state,
        )
    optimiser(other, other, None, *args)
    again, _ = pair(optimiser(first, g[1], state, *args), w, name)
    same_walk(
        again,
        second,
        f"{name} made a step for another network. Then the same w, g and state as before gave "
        "another result: it should remember everything in the state.",
    )
    fresh, _ = pair(optimiser(w, g[0], None, *args), w, name)
    same_walk(fresh, first, f"With the state None {name} should start from the beginning.")


def holds_an_object(state):
    if isinstance(state, dict):
        return any(map(holds_an_object, state.values()))
    if isinstance(state, (list, tuple)):
        return any(map(holds_an_object, state))
    return isinstance(state, Handle)


ONE = np.array([1.0])


W = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])


G = np.array([[1.0, -2.0], [0.5, 4.0], [-1.5, 3.0]])


def right_adam(lr, b1, b2, eps, form):
    """The reference's Adam, for `steps_of`."""
    return lambda w, g, m, v, t: adam_step(w, g, m, v, t, lr, b1, b2, eps, form)


# What tells wrong answers apart -------------------------------------------------------------------
def twice(student, name, *args):
    """Two steps, the second with the state of the first."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    second, _ = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [first, second]


def kept(student, name, *args):
    """Whether a step changes the state that it is given, and whether it does the same twice."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    got, after = arguments_after_call(student, name, first, G[::-1], state, *args)
    changed = not holds_an_object(state) and not alike(after[2], state)
    again = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [changed, alike(again[0], two(got, name)[0])]
