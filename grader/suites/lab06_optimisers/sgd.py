"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, mutant, variant
from nablab.reference.optimizer import momentum_step, nesterov_step, sgd_step

from ..checks.oracles import same_walk, steps_of, walk
from ..checks.sgd import right_sgd
from .building_blocks import zeros
from .walking import state_is_left_alone, two_networks_by_turns


@check("oracle")
def test_twenty_random_steps(student, rng):
    """Twenty steps with random gradients, with momentum and in Nesterov's form"""
    for shape in ((11,), (5, 3), (2, 7, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        lr, mu = rng.uniform(0.05, 0.3), rng.uniform(0.3, 0.95)
        for nesterov in (False, True):
            expected = steps_of(right_sgd(lr, mu, nesterov), w, gradients, 1)
            got = walk(student, "sgd", w, gradients, lr, mu, nesterov)
            same_walk(got, expected, f"momentum {mu:.2f}, nesterov {nesterov}.")


@check()
def test_without_momentum_it_is_gradient_descent(student, rng):
    """Without momentum sgd is plain gradient descent, whatever nesterov says"""
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(6, 3, 4))
    expected = steps_of(lambda w, g, t: (sgd_step(w, g, 0.25),), w, gradients, 0)
    for args in ((0.25,), (0.25, 0.0), (0.25, 0.0, True)):
        got = walk(student, "sgd", w, gradients, *args)
        same_walk(got, expected, f"lr, momentum, nesterov: {args}.")


@check("probe")
def test_a_schedule_of_rates(student, rng):
    """When the rate changes at every step, the velocity keeps the old rates"""
    w, gradients = rng.normal(size=(2, 5)), 1 + rng.random((7, 2, 5))
    rates = rng.uniform(0.05, 0.1, size=7) * (4.0, 1, 0, 3, 0.2, 2, 0)
    for nesterov in (False, True):
        expected = steps_of(right_sgd(rates, 0.75, nesterov), w, gradients, 1)
        got = walk(
            student, "sgd", w, gradients, lambda step, n=nesterov: (float(rates[step]), 0.75, n)
        )
        same_walk(got, expected, f"The rate changes at every step; nesterov {nesterov}.")


@check("probe")
def test_one_push_and_then_nothing(student, rng):
    """After a single gradient the steps shrink by the factor momentum"""
    w, g = rng.normal(size=(3, 2)), 2 + rng.random((3, 2))
    mu = rng.uniform(0.5, 0.9)
    got = walk(student, "sgd", w, [g, 0 * g, 0 * g, 0 * g], 0.5, mu)
    shares = np.cumsum(mu ** np.arange(4))[:, None, None]
    same_walk(got, w - shares * 0.5 * g, "One gradient, then gradients of 0.")


@check()
def test_two_networks_by_turns(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for nesterov in (False, True):
        args = (0.25, 0.5, nesterov)
        state_is_left_alone(student, "sgd", rng, args)
        two_networks_by_turns(student, "sgd", rng, args, right_sgd(*args), 1)


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "Your rate is outside the velocity: v ← μ v + g, then w ← w − lr v. That is the same only "
    "as long as the rate does not change. Here it belongs inside: v ← μ v − lr g.",
)
def rate_outside_the_velocity(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (zeros(w) if state is None else state) + g
    return w - lr * (momentum * v + g if nesterov else v), v


@mutant(
    "Your sgd ignores `nesterov`. Nesterov's step is μ v − lr g with the new v, not v itself.",
)
def nesterov_ignored(w, g, state, lr, momentum=0.0, nesterov=False):
    return momentum_step(w, g, zeros(w) if state is None else state, lr, momentum)


@mutant(
    "You multiply the new gradient by 1 − momentum, as a running mean does. A velocity is a sum: "
    "v ← μ v − lr g.",
)
def dampened(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (zeros(w) if state is None else state) - (1 - momentum) * lr * g
    return w + (momentum * v - (1 - momentum) * lr * g if nesterov else v), v


@mutant("You walk uphill. The step goes against the gradient: subtract lr g.")
def uphill(w, g, state, lr, momentum=0.0, nesterov=False):
    one_step = nesterov_step if nesterov else momentum_step
    return one_step(w, -np.asarray(g), zeros(w) if state is None else state, lr, momentum)


@mutant(
    "You begin with a new velocity in every step. Return the velocity as the state, and use it in the "
    "next step.",
)
def velocity_forgotten(w, g, state, lr, momentum=0.0, nesterov=False):
    return sgd_step(w, g, lr * (1 + momentum) if nesterov else lr), None


@mutant(
    "You write into the velocity that you were given. Somebody who keeps an old state, to go back to "
    "it, finds it changed. Make a new array.",
)
def state_changed_in_place(w, g, state, lr, momentum=0.0, nesterov=False):
    v = zeros(w) if state is None else state
    v *= momentum
    v -= lr * g
    return w + (momentum * v - lr * g if nesterov else v), v


_velocities = {}


@mutant(
    "You keep the velocity outside the function. So two networks that are trained by turns push each "
    "other, and a new training begins with the velocity of the old one. Keep it in the state.",
)
def velocity_in_a_global(w, g, state, lr, momentum=0.0, nesterov=False):
    v = _velocities.get(np.shape(w), zeros(w))
    w, v = (nesterov_step if nesterov else momentum_step)(w, g, v, lr, momentum)
    _velocities[np.shape(w)] = v
    return w, v


@mutant(
    "In your Nesterov step the new velocity is not multiplied by μ: you add v − lr g. The step is "
    "μ v − lr g.",
)
def nesterov_with_the_whole_velocity(w, g, state, lr, momentum=0.0, nesterov=False):
    new, v = momentum_step(w, g, zeros(w) if state is None else state, lr, momentum)
    return (new - lr * np.asarray(g) if nesterov and momentum else new), v


# Variants -----------------------------------------------------------------------------------------


@variant("Nesterov's step from the old and the new velocity; the state is a dict")
def sgd_by_two_velocities(w, g, state, lr, momentum=0.0, nesterov=False):
    old = 0.0 if state is None else state["velocity"]
    new = momentum * old - lr * np.asarray(g)
    step = (1 + momentum) * new - momentum * old if nesterov else new
    return np.asarray(w) + step, {"velocity": new}


@variant("number by number, the state a plain list")
def sgd_by_loops(w, g, state, lr, momentum=0.0, nesterov=False):
    w, g = np.asarray(w), np.asarray(g)
    state = [0.0] * w.size if state is None else state
    new, velocities = [], []
    for weight, slope, v in zip(w.ravel().tolist(), g.ravel().tolist(), state, strict=True):
        v = momentum * v - lr * slope
        velocities.append(v)
        new.append(weight + (momentum * v - lr * slope if nesterov else v))
    return np.array(new).reshape(w.shape), velocities


@variant("float32, returned as a list")
def sgd_in_float32(w, g, state, lr, momentum=0.0, nesterov=False):
    w, g = np.asarray(w, dtype=np.float32), np.asarray(g, dtype=np.float32)
    lr, momentum = np.float32(lr), np.float32(momentum)
    v = -lr * g if state is None else momentum * state - lr * g
    return [w + (momentum * v - lr * g if nesterov else v), v]


class Ball:
    """A velocity as an object; every step makes a new one."""

    def __init__(self, v):
        self.v = v


@variant("an object for the state")
def sgd_with_an_object(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (state.v if state else np.zeros(np.shape(w))) - lr * g
    return (w + momentum * v - lr * g if nesterov else w + v), Ball(v)
