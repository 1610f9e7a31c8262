"""What the hidden checks of N.1, N.3, N.4 and N.7 share: two networks by turns, and inputs that must
not change."""

import numpy as np

from nablab.checking import holds
from nablab.checking.fingerprint import alike
from nablab.sandbox.student import arguments_after_call

from ..checks.oracles import holds_an_object, pair, same_walk, steps_of


def two_networks_by_turns(student, name, rng, args, one_step, parts):
    """Two networks of other shapes, trained by turns, walk as each would alone. Asked twice from one
    state, or again from an early one, the optimiser makes the same step."""
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
    same_walk(again, expected[0][1], f"{name}, once more from the state after the first step.")


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
