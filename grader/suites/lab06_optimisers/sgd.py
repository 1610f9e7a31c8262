"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, mutant, variant
from nablab.reference.optimizer import momentum_step, nesterov_step, sgd_step

from . import walking
from .building_blocks import zeros

FORMS = ((False, momentum_step), (True, nesterov_step))


@check("oracle")
def test_twenty_random_steps(student, rng):
    """Twenty steps with random gradients, with momentum and with Nesterov's form"""
    for shape in ((11,), (5, 3), (2, 7, 1)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(20, *shape))
        lr, mu = rng.uniform(0.05, 0.3), rng.uniform(0.3, 0.95)
        for nesterov, one_step in FORMS:
            expected = walking.steps_of(
                lambda w, g, v, t, s=one_step, lr=lr, mu=mu: s(w, g, v, lr, mu), w, gradients, 1
            )
            got = walking.walk(student, "sgd", w, gradients, (lr, mu, nesterov))
            walking.same_walk(got, expected, f"momentum {mu:.2f}, nesterov {nesterov}.")


@check()
def test_without_momentum_it_is_gradient_descent(student, rng):
    """Without momentum it is plain gradient descent, whatever nesterov says"""
    w, gradients = rng.normal(size=(3, 4)), rng.normal(size=(6, 3, 4))
    expected = walking.steps_of(lambda w, g, t: (sgd_step(w, g, 0.25),), w, gradients, 0)
    for args in ((0.25,), (0.25, 0.0), (0.25, 0.0, True)):
        got = walking.walk(student, "sgd", w, gradients, args)
        walking.same_walk(got, expected, f"lr, momentum, nesterov: {args}.")


@check("probe")
def test_a_schedule_of_rates(student, rng):
    """The rate changes at every step, and the velocity keeps the old ones"""
    w, gradients = rng.normal(size=(2, 5)), 1 + rng.random((7, 2, 5))
    rates = rng.uniform(0.05, 0.1, size=7) * (4.0, 1, 0, 3, 0.2, 2, 0)
    for nesterov, one_step in FORMS:
        expected = walking.steps_of(
            lambda w, g, v, t, s=one_step: s(w, g, v, rates[t - 1], 0.75), w, gradients, 1
        )
        got = walking.walk(
            student, "sgd", w, gradients, lambda step, n=nesterov: (float(rates[step]), 0.75, n)
        )
        walking.same_walk(got, expected, f"The rate changes at every step; nesterov {nesterov}.")


@check("probe")
def test_one_push_and_then_nothing(student, rng):
    """After one push the steps shrink by the factor momentum"""
    w, g = rng.normal(size=(3, 2)), 2 + rng.random((3, 2))
    mu = rng.uniform(0.5, 0.9)
    got = walking.walk(student, "sgd", w, [g, 0 * g, 0 * g, 0 * g], (0.5, mu))
    shares = np.cumsum(mu ** np.arange(4))[:, None, None]
    walking.same_walk(got, w - shares * 0.5 * g, "One gradient, then none.")


@check()
def test_two_networks_by_turns(student, rng):
    """Two networks trained by turns do not disturb each other, and the state is left alone"""
    for nesterov, one_step in FORMS:
        args = (0.25, 0.5, nesterov)
        walking.state_is_left_alone(student, "sgd", rng, args)
        walking.two_networks_by_turns(
            student, "sgd", rng, args, lambda w, g, v, t, s=one_step: s(w, g, v, 0.25, 0.5), 1
        )


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "Your rate stands outside the velocity: v ← μ v + g, then w ← w − lr v. That is the same only "
    "as long as the rate does not change. Here it belongs inside: v ← μ v − lr g.",
)
def rate_outside_the_velocity(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (zeros(w) if state is None else state) + g
    return w - lr * (momentum * v + g if nesterov else v), v


@mutant(
    "The flag nesterov changes nothing. Nesterov's step is μ v − lr g with the new v, not v "
    "itself.",
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


@mutant("You walk uphill: the step is against the gradient, so lr g is subtracted.")
def uphill(w, g, state, lr, momentum=0.0, nesterov=False):
    one_step = nesterov_step if nesterov else momentum_step
    return one_step(w, -np.asarray(g), zeros(w) if state is None else state, lr, momentum)


@mutant(
    "The velocity is made anew in every step: what you return as the state must come from the "
    "velocity, and the next step must use it.",
)
def velocity_forgotten(w, g, state, lr, momentum=0.0, nesterov=False):
    return sgd_step(w, g, lr * (1 + momentum) if nesterov else lr), None


@mutant(
    "You write into the velocity that you were given. Whoever keeps an old state, to go back to "
    "it, finds it changed. Make a new array.",
)
def state_changed_in_place(w, g, state, lr, momentum=0.0, nesterov=False):
    v = zeros(w) if state is None else state
    v *= momentum
    v -= lr * g
    return w + (momentum * v - lr * g if nesterov else v), v


_velocities = {}


@mutant(
    "The velocity is kept outside the function, so two networks that are trained by turns push "
    "each other, and a new training begins with the old one's velocity. Keep it in the state.",
)
def velocity_in_a_global(w, g, state, lr, momentum=0.0, nesterov=False):
    v = _velocities.get(np.shape(w), zeros(w))
    w, v = (nesterov_step if nesterov else momentum_step)(w, g, v, lr, momentum)
    _velocities[np.shape(w)] = v
    return w, v


@mutant(
    "In your Nesterov step the pull of the new velocity is missing its share: you add v − lr g. "
    "It is μ v − lr g.",
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
    """A velocity that is an object, made anew in every step."""

    def __init__(self, v):
        self.v = v


@variant("an object for the state")
def sgd_with_an_object(w, g, state, lr, momentum=0.0, nesterov=False):
    v = momentum * (state.v if state else np.zeros(np.shape(w))) - lr * g
    return (w + momentum * v - lr * g if nesterov else w + v), Ball(v)
