"""What the checks of several exercises compare with, and the inputs that they share."""

import numpy as np

from nablab.checking import close, holds
from nablab.checking.expect import as_numbers, show
from nablab.checking.fingerprint import alike
from nablab.reference.optimizer import adam_step
from nablab.sandbox.student import Handle, arguments_after_call


# What the optimisers share ------------------------------------------------------------------------
def two(got, name):
    """What an optimiser returns, checked to be two things."""
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        f"{name} should return two things, `return w, state`, and returned {show(got)}.",
        got=got,
    )
    return got


def pair(got, w, name):
    """The new weights, checked to be an array like w, and the new state."""
    two(got, name)
    new = as_numbers(got[0], says="The new w:")
    says = f"The new w has the shape {new.shape}, and w has {np.shape(w)}."
    if new.shape == W.shape:
        says += " The other is that of an earlier call: is something kept outside the function?"
    holds(new.shape == np.shape(w), says, got=new)
    holds(np.isfinite(new).all(), f"{name} leads to numbers that are not finite.", got=new)
    return new, got[1]


def walk(student, name, w, gradients, *args):
    """The weights after each step of a student's optimiser; args may depend on the step."""
    state, places = None, []
    for number, g in enumerate(gradients):
        given = args[0](number) if args and callable(args[0]) else args
        w, state = pair(getattr(student, name)(w, g, state, *given), w, name)
        places.append(w)
    return np.array(places)


def same_walk(got, expected, says="", given=None):
    """Two walks are the same, up to the rounding of float32."""
    atol = 1e-5 * float(np.abs(expected).max())
    close(got, expected, says, atol=atol, given=given, constant=True)


def steps_of(one_step, w, gradients, parts):
    """The same walk by a function of the reference: one_step(w, g, *memory, t) -> w, *memory."""
    memory, places = [np.zeros(np.shape(w))] * parts, []
    for t, g in enumerate(gradients, 1):
        w, *memory = one_step(w, g, *memory, t)
        places.append(w)
    return np.array(places)


def remembers_in_the_state_only(student, name, rng, *args):
    """Neither the state nor anything global is changed by a step."""
    w, g, other = rng.normal(size=(3, 2)), rng.normal(size=(2, 3, 2)) + 2, rng.normal(size=(3, 2))
    optimiser = getattr(student, name)
    first, state = pair(optimiser(w, g[0], None, *args), w, name)
    got, after = arguments_after_call(student, name, first, g[1], state, *args)
    second, _ = pair(got, w, name)
    if not holds_an_object(state):
        holds(
            alike(after[2], state),
            f"{name} has changed the state that it was given. Make a new one: `v = …` in place of "
            "`v += …`, a new tuple or dict in place of writing into the old.",
            got=after[2],
            expected=state,
        )
    optimiser(other, other, None, *args)
    again, _ = pair(optimiser(first, g[1], state, *args), w, name)
    same_walk(
        again,
        second,
        "Asked again for a step from the same w, g and state, after one for another network, "
        f"{name} gives another answer: all that it remembers should be in the state.",
    )
    fresh, _ = pair(optimiser(w, g[0], None, *args), w, name)
    same_walk(fresh, first, f"With the state None {name} should begin anew.")


def holds_an_object(state):
    if isinstance(state, dict):
        return any(map(holds_an_object, state.values()))
    if isinstance(state, (list, tuple)):
        return any(map(holds_an_object, state))
    return isinstance(state, Handle)


ONE = np.array([1.0])


W = np.array([[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]])


G = np.array([[1.0, -2.0], [0.5, 4.0], [-1.5, 3.0]])


def adam_walk(w, gradients, lr, b1, b2, eps, form):
    return steps_of(
        lambda w, g, m, v, t: adam_step(w, g, m, v, t, lr, b1, b2, eps, form), w, gradients, 2
    )


# Calls by which wrong answers are diagnosed -------------------------------------------------------
def twice(student, name, *args):
    """Two steps with a state between them, and what is then asked of the first state again."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    second, _ = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [first, second]


def kept(student, name, *args):
    """Whether a step changes the state that it is given, and whether it answers alike twice."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    got, after = arguments_after_call(student, name, first, G[::-1], state, *args)
    changed = not holds_an_object(state) and not alike(after[2], state)
    again = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [changed, alike(again[0], two(got, name)[0])]
