"""The checks that students see: `check("6.2")` runs those of an exercise, in the order of their
stages, and explains the first that fails."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import close, contract, each, equal, exercise, holds, models
from nablab.checking.expect import Mismatch, as_numbers, show
from nablab.checking.fingerprint import alike
from nablab.data import surfaces
from nablab.reference.descent import (
    adam_l2_step,
    range_test,
    rmsprop_outside_step,
    stable_rate,
    warm_up_from_zero,
)
from nablab.reference.optimizer import (
    adam_step,
    adamw_step,
    cosine_decay,
    momentum_step,
    nesterov_step,
    rmsprop_step,
    step_decay,
)
from nablab.sandbox.student import Handle, StudentError, arguments_after_call, parameters

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

# 6.1 ----------------------------------------------------------------------------------------------

HAND = [np.array([2.0]), np.array([4.0]), np.array([-2.0])]


@exercise("6.1", stage="contract")
def test_sgd_returns_weights_and_state(student):
    """sgd returns the new weights and the new state, and leaves w and g as they were"""
    pair(contract(student, "sgd", W, G, None, 0.1), W, "sgd")
    pair(contract(student, "sgd", W, G, None, 0.1, 0.5, True), W, "sgd")


@exercise("6.1", stage="hand")
def test_the_plain_steps_of_the_text(student):
    """Without momentum the steps of the text lead to 0.8, 0.4 and 0.6"""
    got = walk(student, "sgd", ONE, HAND, 0.1)
    same_walk(got, [[0.8], [0.4], [0.6]], "w after each step:", {"g": [2, 4, -2], "lr": 0.1})


@exercise("6.1", stage="hand")
def test_the_momentum_steps_of_the_text(student):
    """With momentum 0.5 they lead to 0.8, 0.3 and 0.25"""
    got = walk(student, "sgd", ONE, HAND, 0.1, 0.5)
    given = {"g": [2, 4, -2], "lr": 0.1, "momentum": 0.5}
    same_walk(got, [[0.8], [0.3], [0.25]], "w after each step:", given)


@exercise("6.1", stage="hand")
def test_the_nesterov_steps_of_the_text(student):
    """With Nesterov's form they lead to 0.7, 0.05 and 0.225"""
    got = walk(student, "sgd", ONE, HAND, 0.1, 0.5, True)
    given = {"g": [2, 4, -2], "lr": 0.1, "momentum": 0.5, "nesterov": True}
    same_walk(got, [[0.7], [0.05], [0.225]], "w after each step:", given)


@exercise("6.1", stage="probe")
def test_without_a_gradient_it_rolls_on(student):
    """Where the gradient is 0 the weights roll on, each step momentum times the one before"""
    gradients = [G, 0 * G, 0 * G, 0 * G]
    got = walk(student, "sgd", W, gradients, 0.5, 0.75)
    shares = np.cumsum([1, 0.75, 0.75**2, 0.75**3])[:, None, None]
    same_walk(got, W - shares * 0.5 * G, "One gradient, then three of 0.", {"momentum": 0.75})


@exercise("6.1", stage="probe")
def test_the_old_velocity_keeps_the_old_rate(student):
    """When the rate changes, the velocity that is there already keeps the old one"""
    rates = (0.5, 0.0, 0.25)
    for nesterov, one_step in ((False, momentum_step), (True, nesterov_step)):
        got = walk(student, "sgd", W, [G, G, -G], lambda t, n=nesterov: (rates[t], 0.5, n))
        expected = steps_of(
            lambda w, g, v, t, step=one_step: step(w, g, v, rates[t - 1], 0.5), W, [G, G, -G], 1
        )
        same_walk(
            got,
            expected,
            f"The rates are 0.5, 0 and 0.25, momentum is 0.5, nesterov is {nesterov}. The rate "
            "belongs inside the velocity.",
        )


@exercise("6.1")
def test_sgd_remembers_in_the_state_only(student, rng):
    """All that it remembers is in the state, which it does not change"""
    remembers_in_the_state_only(student, "sgd", rng, 0.25, 0.5, False)


@exercise("6.1", stage="oracle")
def test_sgd_on_weights_of_any_shape(student, rng):
    """Weights of any shape, also of whole numbers"""
    for shape in ((7,), (2, 5), (3, 1, 4)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        for nesterov, one_step in ((False, momentum_step), (True, nesterov_step)):
            expected = steps_of(
                lambda w, g, v, t, step=one_step: step(w, g, v, 0.125, 0.75), w, gradients, 1
            )
            got = walk(student, "sgd", w, gradients, 0.125, 0.75, nesterov)
            same_walk(got, expected, f"w {shape}, nesterov {nesterov}.", {"w": w})
    w, g = np.array([4, -2, 7]), np.array([1, 3, -2])
    expected = steps_of(lambda w, g, v, t: momentum_step(w, g, v, 0.25, 0.5), w, [g, g, g], 1)
    same_walk(walk(student, "sgd", w, [g, g, g], 0.25, 0.5), expected, "Whole numbers:", {"w": w})


# 6.2 ----------------------------------------------------------------------------------------------


def rates_at(student, name, steps, *args):
    """The student's rates at some steps, each checked to be a number."""
    answers = each(student, name, [(int(step), *args) for step in steps])
    for step, answer in zip(steps, answers, strict=True):
        number = as_numbers(answer, says=f"{name} at step {step}:")
        holds(number.shape == (), f"{name} should return one number.", got=answer)
        holds(np.isfinite(number), f"{name} at step {step} is not finite.", got=answer)
    return np.array([float(answer) for answer in answers])


def same_rates(student, name, steps, expected, *args, says=""):
    got = rates_at(student, name, steps, *args)
    top = abs(args[0])
    given = {"step": list(steps), "the other arguments": list(args)}
    says = f"{name}. {says}".strip()
    close(got, expected, says, atol=2e-6 * top, given=given, constant=True)


@exercise("6.2", stage="contract")
def test_a_rate_is_one_number(student):
    """Each schedule returns one number"""
    contract(student, "lr_step", 7, 0.5, 0.1, 3, shape=())
    contract(student, "lr_cosine", 7, 0.5, 20, shape=())
    contract(student, "lr_cosine", 7, 0.5, 20, 0.125, shape=())
    contract(student, "lr_warmup", 7, 0.5, 3, 20, shape=())


@exercise("6.2", stage="hand")
def test_the_stairs_of_the_text(student):
    """The stairs of the text: 0.8, 0.8, 0.4 and 0.2 at the steps 0, 9, 10 and 25"""
    same_rates(student, "lr_step", (0, 9, 10, 25), [0.8, 0.8, 0.4, 0.2], 0.8, 0.5, 10)


@exercise("6.2", stage="hand")
def test_the_cosines_of_the_text(student):
    """The cosines of the text, with α = 0 and with α = 0.25"""
    steps = (0, 50, 100, 150)
    same_rates(student, "lr_cosine", steps, [0.8, 0.4, 0, 0], 0.8, 100)
    same_rates(student, "lr_cosine", steps, [0.8, 0.5, 0.2, 0.2], 0.8, 100, 0.25)


@exercise("6.2", stage="hand")
def test_the_warm_up_of_the_text(student):
    """The warm-up of the text: 0.4, 0.8, 0.4 and 0 at the steps 5, 10, 60 and 110"""
    same_rates(student, "lr_warmup", (5, 10, 60, 110), [0.4, 0.8, 0.4, 0], 0.8, 10, 110)


@exercise("6.2", stage="probe")
def test_the_ends_of_the_warm_up(student):
    """The warm-up begins at 0, is at its top at step `warmup`, and ends with 0 at step `total`"""
    steps, expected = (0, 1, 7, 8, 27, 28, 40), (0, 0.1, 0.7, 0.8)
    tail = [0.4 * (1 + np.cos(np.pi * 19 / 20)), 0, 0]
    same_rates(student, "lr_warmup", steps, [*expected, *tail], 0.8, 8, 28)
    falling = [cosine_decay(step, 0.5, 11) for step in range(13)]
    same_rates(student, "lr_warmup", range(13), falling, 0.5, 0, 11, says="No warm-up at all.")


@exercise("6.2")
def test_schedules_scale_with_their_first_rate(student):
    """Twice the first rate is twice the rate at every step"""
    for name, args in (("lr_step", (0.5, 4)), ("lr_cosine", (17, 0.25)), ("lr_warmup", (5, 17))):
        single = rates_at(student, name, range(20), 0.25, *args)
        same_rates(student, name, range(20), 2 * single, 0.5, *args, says="lr0 is doubled.")


@exercise("6.2", stage="oracle")
def test_whole_schedules(student):
    """The whole schedules, and beyond their end"""
    steps = range(48)
    cases = (
        ("lr_step", (0.7, 0.1, 7), lambda t: step_decay(t, 0.7, 7, 0.1)),
        ("lr_cosine", (0.7, 31), lambda t: cosine_decay(t, 0.7, 31)),
        ("lr_cosine", (0.7, 31, 0.1), lambda t: cosine_decay(t, 0.7, 31, 0.1)),
        ("lr_warmup", (0.7, 7, 40), lambda t: warm_up_from_zero(t, 0.7, 7, 40)),
    )
    for name, args, rate in cases:
        same_rates(student, name, steps, [rate(t) for t in steps], *args)


# 6.3 ----------------------------------------------------------------------------------------------


def rmsprop_walk(w, gradients, lr, rho, eps, inside):
    def one_step(w, g, v, t):
        if inside:
            return rmsprop_step(w, g, v, lr, rho, eps)[:2]
        return rmsprop_outside_step(w, g, v, lr, rho, eps)

    return steps_of(one_step, w, gradients, 1)


@exercise("6.3", stage="contract")
def test_rmsprop_returns_weights_and_state(student):
    """rmsprop returns the new weights and the new state, and KERAS_EPS_INSIDE is True or False"""
    for inside in (True, False):
        pair(contract(student, "rmsprop", W, G, None, 0.1, 0.9, 0.01, inside), W, "rmsprop")
    flag = student.KERAS_EPS_INSIDE
    holds(isinstance(flag, (bool, np.bool_)), "Set KERAS_EPS_INSIDE to True or False.", got=flag)


@exercise("6.3", stage="hand")
def test_the_steps_of_the_text_with_epsilon_inside(student):
    """With epsilon inside, the steps of the text lead to 0.4 and 0.7"""
    got = walk(student, "rmsprop", ONE, [3 * ONE, -1.5 * ONE], 0.5, 0.75, 4.0, True)
    given = {"g": [3, -1.5], "lr": 0.5, "rho": 0.75, "eps": 4, "eps_inside": True}
    same_walk(got, [[0.4], [0.7]], "w after each step:", given)


@exercise("6.3", stage="hand")
def test_the_step_of_the_text_with_epsilon_outside(student):
    """With epsilon outside, the first step of the text leads to 0.7272…"""
    got = walk(student, "rmsprop", ONE, [3 * ONE], 0.5, 0.75, 4.0, False)
    given = {"g": 3, "lr": 0.5, "rho": 0.75, "eps": 4, "eps_inside": False}
    same_walk(got, [[1 - 1.5 / 5.5]], "w after the step:", given)


@exercise("6.3", stage="hand")
def test_where_keras_adds_epsilon(student):
    """Keras's answer on that weight, 1.4, is that of the form which you say"""
    flag = student.KERAS_EPS_INSIDE
    holds(
        isinstance(flag, (bool, np.bool_)) and bool(flag),
        "v = 0.25 · 36 = 9 there. Work out 2 − 0.5 · 6 / √(9 + 16) and 2 − 0.5 · 6 / (3 + 16): "
        "which is 1.4?",
        got=flag,
    )


@exercise("6.3", stage="probe")
def test_the_mean_square_fades(student):
    """A large gradient is remembered less and less: each step keeps the share rho"""
    gradients = [8 * np.sign(G), *[np.sign(G)] * 4]
    for inside in (True, False):
        got = walk(student, "rmsprop", W, gradients, 0.5, 0.25, 1e-12, inside)
        expected = rmsprop_walk(W, gradients, 0.5, 0.25, 1e-12, inside)
        same_walk(got, expected, "Gradients of ±8, then of ±1; rho is 0.25.", {"w": W})


@exercise("6.3")
def test_the_loss_may_be_measured_in_any_unit(student, rng):
    """With a tiny eps, gradients a thousand times as large make the same path"""
    gradients = rng.normal(size=(6, 3, 2))
    gradients += np.sign(gradients)
    for inside in (True, False):
        args = (0.25, 0.75, 1e-14, inside)
        small = walk(student, "rmsprop", W, gradients, *args)
        large = walk(student, "rmsprop", W, 1000 * gradients, *args)
        same_walk(large, small, f"All gradients times 1000, eps_inside {inside}.")


@exercise("6.3")
def test_rmsprop_remembers_in_the_state_only(student, rng):
    """All that it remembers is in the state, which it does not change"""
    remembers_in_the_state_only(student, "rmsprop", rng, 0.25, 0.5, 0.25, True)


@exercise("6.3", stage="oracle")
def test_rmsprop_on_weights_of_any_shape(student, rng):
    """Weights of any shape, with eps inside and outside"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        for inside in (True, False):
            expected = rmsprop_walk(w, gradients, 0.125, 0.75, 0.5, inside)
            got = walk(student, "rmsprop", w, gradients, 0.125, 0.75, 0.5, inside)
            same_walk(got, expected, f"w {shape}, eps 0.5, eps_inside {inside}.", {"w": w})


# 6.4 ----------------------------------------------------------------------------------------------

FORMS = ("paper", "keras")


def adam_walk(w, gradients, lr, b1, b2, eps, form):
    return steps_of(
        lambda w, g, m, v, t: adam_step(w, g, m, v, t, lr, b1, b2, eps, form), w, gradients, 2
    )


@exercise("6.4", stage="contract")
def test_adam_returns_weights_and_state(student):
    """adam returns the new weights, all finite, and the new state, and leaves w and g alone"""
    for form in FORMS:
        pair(contract(student, "adam", W, G, None, 0.1, 0.9, 0.99, 0.01, form), W, "adam")


@exercise("6.4", stage="hand")
def test_the_paper_steps_of_the_text(student):
    """In the paper's form the steps of the text lead to 0.7 and 0.4"""
    got = walk(student, "adam", ONE, [2 * ONE] * 2, 0.6, 0.5, 0.75, 2.0, "paper")
    given = {"g": [2, 2], "lr": 0.6, "b1": 0.5, "b2": 0.75, "eps": 2, "form": "paper"}
    same_walk(got, [[0.7], [0.4]], "w after each step:", given)


@exercise("6.4", stage="hand")
def test_the_keras_steps_of_the_text(student):
    """In Keras's form they lead to 0.8 and 0.5611"""
    got = walk(student, "adam", ONE, [2 * ONE] * 2, 0.6, 0.5, 0.75, 2.0, "keras")
    given = {"g": [2, 2], "lr": 0.6, "b1": 0.5, "b2": 0.75, "eps": 2, "form": "keras"}
    second = 0.6 * np.sqrt(0.4375) / 0.75 * 1.5 / (np.sqrt(1.75) + 2)
    same_walk(got, [[0.8], [0.8 - second]], "w after each step:", given)


@exercise("6.4", stage="probe")
def test_the_first_step_is_lr_long(student):
    """With a tiny eps the first step is lr long, whatever the size of the gradient"""
    g = np.array([[1e-3, -1.0], [50.0, -2e3], [0.3, 7.0]])
    for form in FORMS:
        got = walk(student, "adam", W, [g], 0.25, 0.9, 0.999, 1e-12, form)
        expected = W - 0.25 * np.sign(g)
        same_walk(got[0], expected, f'form "{form}", t = 1.', {"g": g})


@exercise("6.4", stage="probe")
def test_a_constant_gradient_makes_equal_steps(student):
    """While the gradient stays the same, every step is lr long"""
    for form in FORMS:
        got = walk(student, "adam", 0 * W, [G] * 6, 0.25, 0.75, 0.875, 1e-12, form)
        expected = -0.25 * np.sign(G) * np.arange(1, 7)[:, None, None]
        same_walk(got, expected, f'Six times the same gradient, form "{form}".', {"g": G})


@exercise("6.4")
def test_adam_remembers_in_the_state_only(student, rng):
    """All that it remembers is in the state, which it does not change"""
    for form in FORMS:
        remembers_in_the_state_only(student, "adam", rng, 0.25, 0.5, 0.75, 0.25, form)


@exercise("6.4", stage="oracle")
def test_adam_with_a_large_epsilon(student, rng):
    """Weights of any shape, in both forms, with an eps that is not small"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(9, *shape))
        for form in FORMS:
            args = (0.125, 0.75, 0.9375, 0.25, form)
            expected = adam_walk(w, gradients, *args)
            got = walk(student, "adam", w, gradients, *args)
            same_walk(got, expected, f'w {shape}, eps 0.25, form "{form}".', {"w": w})


# 6.5 ----------------------------------------------------------------------------------------------

BOWL = surfaces.quadratic(10)


def path_of(student, opt, f, w0, steps):
    """The student's path, checked for its shape."""
    path = as_numbers(student.run(opt, f, w0, steps))
    holds(
        path.shape == (steps + 1, 2),
        f"The path has the shape {path.shape}, expected {(steps + 1, 2)}: {steps} steps and the "
        "start.",
        got=path,
    )
    return path


def heavy_ball(w, g, state):
    """Momentum, with a velocity that begins as zeros."""
    v = 0.5 * (np.zeros(2) if state is None else state) - 0.0625 * np.asarray(g)
    return np.asarray(w) + v, v


@exercise("6.5", stage="contract")
def test_the_path_has_a_row_for_the_start_and_for_every_step(student):
    """run returns an array (steps + 1, 2), and leaves w0 as it was"""
    start = np.array([4.0, 2.0])
    contract(student, "run", heavy_ball, BOWL, start, 3, shape=(4, 2))
    contract(student, "run", student.in_place_descent, BOWL, start, 3, shape=(4, 2))


@exercise("6.5", stage="hand")
def test_the_path_of_the_text(student):
    """in_place_descent makes the path of the text: (4, 2), (3.6, 0), (3.24, 0)"""
    path = path_of(student, student.in_place_descent, BOWL, np.array([4.0, 2.0]), 2)
    close(path, [[4, 2], [3.6, 0], [3.24, 0]], atol=1e-6, given={"w0": [4, 2]})


@exercise("6.5", stage="probe")
def test_a_start_of_whole_numbers(student):
    """w0 may be a list, a tuple or whole numbers; with no steps the path is the start alone"""
    for start in ([4, 2], (4, 2), np.array([4, 2])):
        path = path_of(student, heavy_ball, BOWL, start, 2)
        close(path, [[4, 2], [3.75, 0.75], [3.390625, -0.34375]], given={"w0": start})
    close(path_of(student, heavy_ball, BOWL, [3.0, -1.0], 0), [[3, -1]], "No steps.")


@exercise("6.5", stage="probe")
def test_what_the_optimiser_is_given(student):
    """At every step the optimiser is given the place, the gradient there and its last state"""
    asked = []

    def opt(w, g, state):
        asked.append((np.array(w, dtype=float), np.array(g, dtype=float), state))
        return np.asarray(w) + [1, -0.5], 1 if state is None else state + 1

    path = path_of(student, opt, BOWL, np.array([-2.0, 1.0]), 4)
    equal(len(asked), 4, "So often was the optimiser called, for 4 steps.")
    equal([state for *_, state in asked], [None, 1, 2, 3], "The states that it was given.")
    places = np.array([[-2, 1], [-1, 0.5], [0, 0], [1, -0.5], [2, -1]])
    close(path, places, "The optimiser adds (1, −0.5) at every step.")
    close([w for w, *_ in asked], places[:-1], "The places that it was given.")
    close([g for _, g, _ in asked], places[:-1] * [1, 10], "The gradients that it was given.")


@exercise("6.5", stage="oracle")
def test_paths_on_other_surfaces(student, rng):
    """Paths on all three surfaces"""
    for surface in (surfaces.quadratic(7), surfaces.rosenbrock(), surfaces.saddle()):
        start = rng.uniform(-1, 1, size=2)

        def slow(w, g, state):
            return np.asarray(w) - 0.001 * np.asarray(g), None

        expected = [start]
        for _ in range(11):
            expected.append(expected[-1] - 0.001 * surface(expected[-1])[1])
        path = path_of(student, slow, surface, start, 11)
        close(path, np.array(expected), f"Gradient descent on the {surface.name}.", atol=1e-5)


# 6.6 ----------------------------------------------------------------------------------------------


ROUNDED = np.array([[3.0, 1.0], [1.0 + 1e-13, 3.0]])  # symmetric but for rounding


def turned(curvatures, rng):
    """A bowl with these curvatures along axes that lie anyhow."""
    q, _ = np.linalg.qr(rng.normal(size=(len(curvatures),) * 2))
    H = q @ np.diag(curvatures) @ q.T
    return (H + H.T) / 2


def refuses_it(student, H, what):
    """The student's function raises ValueError, or a kind of it such as NumPy's LinAlgError."""
    try:
        got = student.max_stable_lr(H)
    except StudentError as error:
        if error.type_name in ("ValueError", "LinAlgError"):
            return
        raise Mismatch(
            f"{what} It raised {error.type_name} in place of ValueError.", given={"H": H}
        ) from None
    raise Mismatch(
        f"{what} It should raise ValueError, and returned {show(got)}.", got=got, given={"H": H}
    )


@exercise("6.6", stage="contract")
def test_a_rate_for_a_bowl(student):
    """max_stable_lr takes a matrix and returns one number"""
    contract(student, "max_stable_lr", np.array([[2.0, 0.5], [0.5, 1.0]]), shape=())


@exercise("6.6", stage="hand")
def test_the_bowls_of_the_text(student):
    """The two bowls of the text have the limits 0.2 and 0.5"""
    for H, right in (([[1, 0], [0, 10]], 0.2), ([[3, 1], [1, 3]], 0.5)):
        close(student.max_stable_lr(np.array(H)), right, given={"H": np.array(H)})


@exercise("6.6", stage="probe")
def test_turning_a_bowl_changes_nothing(student, rng):
    """The limit does not depend on how the bowl is turned, and the steepest direction decides"""
    for curvatures in ((0.5, 2.0, 8.0), (0.25, 0.5, 3.0, 3.0, 5.0)):
        H = turned(curvatures, rng)
        close(
            student.max_stable_lr(H),
            2 / max(curvatures),
            f"Along its own axes this bowl has the curvatures {curvatures}.",
            given={"H": H},
        )


@exercise("6.6", stage="probe")
def test_what_is_no_bowl_is_refused(student):
    """ValueError for what is not square, not symmetric, or no bowl; rounding passes"""
    refuses_it(student, np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), "H is not square.")
    refuses_it(student, np.array([[2.0, 1.0], [0.0, 2.0]]), "H is not symmetric.")
    refuses_it(student, np.array([[1.0, 0.0], [0.0, -3.0]]), "H has the eigenvalue −3.")
    refuses_it(student, np.array([[1.0, 2.0], [2.0, 1.0]]), "H has the eigenvalues 3 and −1.")
    refuses_it(student, np.array([[4.0, 0.0], [0.0, 0.0]]), "H is level along one direction.")
    says = "H and its transpose differ by 1e-13: that is only rounding, and should pass."
    try:
        got = student.max_stable_lr(ROUNDED)
    except StudentError as error:
        raise Mismatch(f"{says} It raised {error.type_name}.", given={"H": ROUNDED}) from None
    close(got, 0.5, says, given={"H": ROUNDED})


@exercise("6.6")
def test_just_below_converges_and_just_above_diverges(student, rng):
    """Just below the limit gradient descent converges, just above it diverges"""
    H = turned((1.0, 2.0, 4.5), rng)
    limit = float(as_numbers(student.max_stable_lr(H)).reshape(-1)[0])
    w = rng.normal(size=3) + 1
    for factor, grows in ((0.98, False), (1.02, True)):
        with np.errstate(all="ignore"):
            after = np.linalg.matrix_power(np.eye(3) - factor * limit * H, 1000) @ w
            length = float(np.linalg.norm(after) / np.linalg.norm(w))
        holds(
            (length > 1e3) if grows else (length < 1e-3),
            f"After 1000 steps at {factor} times your limit the distance from the minimum is "
            f"{length:.2g} times that of the start.",
            got=limit,
            expected=stable_rate(H),
            given={"H": H},
        )


@exercise("6.6", stage="oracle")
def test_bowls_of_any_size(student, rng):
    """Bowls of any number of dimensions"""
    for d in (1, 2, 5, 11):
        a = rng.normal(size=(d + 3, d))
        H = a.T @ a
        close(student.max_stable_lr(H), stable_rate(H), f"{d} dimensions.", given={"H": H})


# 6.7 ----------------------------------------------------------------------------------------------

DECAYS = ("adamw", "adam_l2")


def decay_walk(name, w, gradients, lr, b1, b2, eps, wd):
    if name == "adamw":

        def one_step(w, g, m, v, t):
            return adamw_step(w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)
    else:

        def one_step(w, g, m, v, t):
            return adam_l2_step(w, g, m, v, t, lr, wd, beta_1=b1, beta_2=b2, epsilon=eps)

    return steps_of(one_step, w, gradients, 2)


@exercise("6.7", stage="contract")
def test_both_return_weights_and_state(student):
    """adamw and adam_l2 return the new weights and the new state, and leave w and g as they were"""
    for name in DECAYS:
        pair(contract(student, name, W, G, None, 0.1, 0.9, 0.99, 0.01, 0.5), W, name)


@exercise("6.7", stage="hand")
def test_the_three_weights_of_the_text_under_adamw(student):
    """adamw takes the three weights of the text to 3.8, 380 and 3.7"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adamw", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    close(got[0], [3.8, 380, 3.7], given={"w": w, "g": g, "lr": 0.1, "wd": 0.5})


@exercise("6.7", stage="hand")
def test_the_three_weights_of_the_text_under_adam_l2(student):
    """adam_l2 takes them to 3.9, 399.9 and 3.9"""
    w, g = np.array([4.0, 400.0, 4.0]), np.array([0.0, 0.0, 50.0])
    got = walk(student, "adam_l2", w, [g], 0.1, 0.9, 0.999, 1e-12, 0.5)
    given = {"w": w, "g": g, "lr": 0.1, "wd": 0.5}
    close(got[0] - w, [-0.1, -0.1, -0.1], "The three steps:", constant=True, given=given, rtol=1e-3)


@exercise("6.7", stage="probe")
def test_adamw_alone_with_the_decay(student):
    """Without any gradient adamw takes the share lr · wd off the weights at every step"""
    got = walk(student, "adamw", W, [0 * G] * 4, 0.25, 0.5, 0.75, 0.5, 0.5)
    shares = (1 - 0.25 * 0.5) ** np.arange(1, 5)[:, None, None]
    same_walk(got, shares * W, "All gradients are 0; lr is 0.25 and wd 0.5.", {"w": W})


@exercise("6.7", stage="probe")
def test_without_decay_both_are_adam(student, rng):
    """With wd = 0 both are Adam, in Keras's form"""
    gradients = rng.normal(size=(5, 3, 2))
    expected = adam_walk(W, gradients, 0.25, 0.5, 0.75, 0.5, "keras")
    for name in DECAYS:
        got = walk(student, name, W, gradients, 0.25, 0.5, 0.75, 0.5, 0.0)
        same_walk(got, expected, f"{name} with wd = 0 and a large eps.", {"w": W})


@exercise("6.7")
def test_both_remember_in_the_state_only(student, rng):
    """All that they remember is in the state, which they do not change"""
    for name in DECAYS:
        remembers_in_the_state_only(student, name, rng, 0.25, 0.5, 0.75, 0.25, 0.5)


@exercise("6.7", stage="oracle")
def test_decay_and_penalty_on_weights_of_any_shape(student, rng):
    """Weights of any shape, gradients of which some are 0"""
    for shape in ((7,), (2, 5)):
        w, gradients = rng.normal(size=shape), rng.normal(size=(8, *shape))
        gradients[rng.random(gradients.shape) < 0.5] = 0
        for name in DECAYS:
            args = (0.125, 0.75, 0.9375, 0.25, 0.5)
            expected = decay_walk(name, w, gradients, *args)
            got = walk(student, name, w, gradients, *args)
            same_walk(got, expected, f"{name}, w {shape}, wd 0.5.", {"w": w})


# 6.8 ----------------------------------------------------------------------------------------------

RATES = np.geomspace(1e-4, 10, 51)
SGD = {"kind": "SGD", "learning_rate": 0.01}


def measured(student, model_fn, x, y):
    return parts_of(student.lr_range_test(model_fn, x, y))


def parts_of(got):
    """The student's rates, losses and suggestion, checked for their kind."""
    holds(
        isinstance(got, (tuple, list)) and len(got) == 3,
        f"Return three things, `return lrs, losses, suggested`, and not {show(got)}.",
        got=got,
    )
    lrs, losses = as_numbers(got[0], says="The rates:"), as_numbers(got[1], says="The losses:")
    suggested = as_numbers(got[2], says="The suggested rate:")
    holds(
        lrs.ndim == 1 and lrs.shape == losses.shape and len(lrs) > 0,
        f"There should be a loss for every rate: the rates have the shape {lrs.shape} and the "
        f"losses {losses.shape}.",
        got=losses,
    )
    holds(suggested.shape == (), "The suggestion should be one number.", got=got[2])
    return lrs.astype(float), losses.astype(float), float(suggested)


def linear(student, inputs, use_bias=True):
    """A function that makes a linear layer whose weights are 1, and its bias 0."""
    layer = {"kind": "Dense", "units": 1, "use_bias": use_bias, "kernel_initializer": "ones"}
    return models.maker(student, (inputs,), [layer], SGD, "mean_squared_error")


class Problem:
    """Examples for a linear layer of three inputs, with some noise, in float32; the mean squared
    error as a function of its weights, the bias last, and the range test on it in double precision.

    At the largest rates rounding decides: a change of the weights by some 1e-6 is blown up at every
    step. So only the losses before that, `sure` of them, are known, and examples are drawn until
    the smallest loss is among them and the number of losses does not depend on rounding.
    """

    def __init__(self, rng, size, count=31):
        while True:
            x = size * rng.normal(size=(count, 3)) * [1, 0.6, 0.3]
            y = x @ rng.normal(size=(3, 1)) + 0.5 + 0.3 * rng.normal(size=(count, 1))
            self.x, self.y = x.astype("float32"), y.astype("float32")
            self.inputs = np.concatenate([self.x, np.ones((count, 1))], axis=1).astype(float)
            self.limit = stable_rate(2 / count * self.inputs.T @ self.inputs)
            start = np.array([1.0, 1, 1, 0])
            self.rates, self.losses = range_test(self, start, RATES)

            def shaken(w):
                return self(w * (1 + 3e-6 * rng.normal(size=4)))

            others = [range_test(shaken, start, RATES)[1] for _ in range(4)]
            others += [range_test(self, start, RATES, stop)[1] for stop in (3.6, 4.4)]
            if all(len(other) == len(self.losses) for other in others):
                apart = [~np.isclose(other, self.losses, rtol=0.01) for other in others]
                self.sure = int(np.argmax([*np.any(apart, axis=0), True]))
                if np.argmin(self.losses) < self.sure:
                    return

    def __call__(self, w):
        off = self.inputs @ w - self.y[:, 0]
        return np.mean(off**2), 2 / len(off) * self.inputs.T @ off

    @property
    def best(self):
        """The rates with the smallest loss; rounding may choose among them."""
        return self.rates[self.losses <= 1.02 * self.losses.min()]


def same_test(found, rates, expected, sure, says=""):
    """Rates and losses are those of the range test in double precision."""
    lrs, losses, _ = found
    shared = min(len(lrs), len(RATES))
    close(lrs[:shared], RATES[:shared], f"{says} The rates:".strip(), given={"rates": lrs})
    shared = min(len(losses), len(expected), sure)
    close(
        losses[:shared],
        expected[:shared],
        f"{says} The losses before each step:".strip(),
        rtol=0.05,
        given={"losses": losses},
    )
    equal(len(losses), len(rates), f"{says} The number of losses that are recorded.".strip())


PROBLEMS = {"of scale 1": (8, 1.0), "of scale 4": (9, 4.0)}  # a seed, and the size of the examples
_found = WeakKeyDictionary()  # a student -> the problems, and what they said: asked for once


def asked(student, name):
    """One of the fixed problems, and the student's test on it."""
    known = _found.setdefault(student, {})
    if name not in known:
        seed, size = PROBLEMS[name]
        problem = Problem(np.random.default_rng(seed), size)
        known[name] = problem, measured(student, linear(student, 3), problem.x, problem.y)
    return known[name]


@exercise("6.8", stage="contract")
def test_rates_losses_and_a_suggestion(student):
    """lr_range_test takes a maker of models, x and y, and returns rates, losses and a suggestion"""
    equal(
        parameters(student, "lr_range_test")[:3],
        ("model_fn", "x", "y"),
        "The arguments of lr_range_test.",
    )
    asked(student, "of scale 1")


@exercise("6.8", stage="hand")
def test_one_weight_on_a_bowl(student):
    """On a bowl of one weight every loss is the one before times (1 − lr · λ)²"""
    x, y = np.array([[2.0]], dtype="float32"), np.array([[0.0]], dtype="float32")
    same_test(
        measured(student, linear(student, 1, use_bias=False), x, y),
        *range_test(lambda w: (4 * w**2, 8 * w), 1.0, RATES),
        len(RATES),
        "The loss is 4w², and w begins at 1.",
    )


@exercise("6.8", stage="probe")
def test_it_stops_in_time(student):
    """It stops before a loss that is more than 4 times the first"""
    problem, found = asked(student, "of scale 4")
    losses = found[1]
    holds(
        np.isfinite(losses).all() and (losses <= 4.001 * losses[0]).all(),
        "A loss was recorded that is no finite number, or is more than 4 times the first.",
        got=losses,
    )
    same_test(found, problem.rates, problem.losses, problem.sure)


@exercise("6.8")
def test_the_suggestion_is_stable(student):
    """The suggestion is a tenth of the rate with the smallest loss, and below the limit of 6.6"""
    for name in PROBLEMS:
        problem, (_, _, suggested) = asked(student, name)
        holds(
            suggested < problem.limit,
            f"You suggest {suggested:.3g}, and on this problem gradient descent diverges from "
            f"{problem.limit:.3g} on.",
            got=suggested,
        )
        right = problem.rates[np.argmin(problem.losses)]
        holds(
            np.isclose(10 * suggested, problem.best, rtol=1e-3).any(),
            f"The smallest loss is recorded at the rate {right:.3g}. You suggest {suggested:.3g}, "
            "and it should be a tenth of that rate.",
            got=suggested,
            expected=right / 10,
        )


@exercise("6.8", stage="oracle")
def test_the_whole_test_on_another_problem(student, rng):
    """Rates and losses are those of a range test, on a linear problem of any scale"""
    problem = Problem(rng, rng.uniform(0.5, 3))
    found = measured(student, linear(student, 3), problem.x, problem.y)
    same_test(found, problem.rates, problem.losses, problem.sure)


# Calls by which wrong answers are diagnosed -------------------------------------------------------


def twice(student, name, *args):
    """Two steps with a state between them, and what is then asked of the first state again."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    second, _ = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [first, second]


def probe_sgd(student):
    rates, gradients = (0.5, 0.125, 0.25), [G, G[::-1], -G]
    return [
        walk(student, "sgd", W, gradients, lambda t, n=nesterov: (rates[t], 0.5, n))
        for nesterov in (False, True)
    ]


def kept(student, name, *args):
    """Whether a step changes the state that it is given, and whether it answers alike twice."""
    first, state = two(getattr(student, name)(W, G, None, *args), name)
    got, after = arguments_after_call(student, name, first, G[::-1], state, *args)
    changed = not holds_an_object(state) and not alike(after[2], state)
    again = two(getattr(student, name)(first, G[::-1], state, *args), name)
    return [changed, alike(again[0], two(got, name)[0])]


def probe_sgd_state(student):
    return kept(student, "sgd", 0.5, 0.5)


def probe_rmsprop(student):
    return [twice(student, "rmsprop", 0.5, 0.25, 0.5, inside) for inside in (True, False)]


def probe_adam(student):
    return [twice(student, "adam", 0.5, 0.5, 0.75, 0.5, form) for form in FORMS]


def probe_adam_state(student):
    return kept(student, "adam", 0.5, 0.5, 0.75, 0.5, "paper")


def probe_decay(student):
    return [twice(student, name, 0.5, 0.5, 0.75, 0.5, 0.25) for name in DECAYS]


def probe_path(student):
    return student.run(heavy_ball, BOWL, np.array([4.0, 2.0]), 3)


def probe_path_in_place(student):
    (path, after) = arguments_after_call(
        student, "run", student.in_place_descent, BOWL, np.array([4.0, 2.0]), 3
    )
    return [path, after[2]]


def probe_path_of_whole_numbers(student):
    return student.run(heavy_ball, BOWL, np.array([4, 2]), 2)


def probe_schedules(student):
    steps = (0, 1, 3, 4, 5, 9, 12, 17, 23)
    return [
        rates_at(student, "lr_step", steps, 0.5, 0.25, 4),
        rates_at(student, "lr_cosine", steps, 0.5, 17),
        rates_at(student, "lr_cosine", steps, 0.5, 17, 0.25),
        rates_at(student, "lr_warmup", steps, 0.5, 4, 17),
    ]


def probe_no_warm_up(student):
    return rates_at(student, "lr_warmup", (0, 1, 5), 0.5, 0, 17)


def probe_limits(student):
    """The limits of some matrices; a word for those that are refused."""
    bowls = [[3, 1], [1, 2]], np.diag([5, 1, 2])
    others = [[1, 2], [2, 1]], [[-1, 0], [0, -4]], [[2, 1], [0, 2]], [[4, 0], [0, 0]], ROUNDED
    said = []
    for H in (*bowls, *others):
        try:
            said.append(student.max_stable_lr(np.array(H, dtype=float)))
        except StudentError as error:
            said.append(error.type_name)
    return said


def probe_range_test(student):
    """How many losses, their rough sizes and the suggestion: the same on every machine."""
    x, y = np.array([[9.0]], dtype="float32"), np.array([[0.0]], dtype="float32")
    lrs, losses, suggested = measured(student, linear(student, 1, use_bias=False), x, y)
    sizes = np.log10(np.clip(np.nan_to_num(losses, nan=1e30), 1e-30, 1e30))
    rates = np.log10(np.append(lrs, suggested))
    return [np.round(sizes[::5]), np.round(rates, 2), len(losses)]


PROBES = {
    "6.1": [probe_sgd, probe_sgd_state],
    "6.2": [probe_schedules, probe_no_warm_up],
    "6.3": [probe_rmsprop, "KERAS_EPS_INSIDE"],
    "6.4": [probe_adam, probe_adam_state],
    "6.5": [probe_path, probe_path_in_place, probe_path_of_whole_numbers],
    "6.6": [probe_limits],
    "6.7": [probe_decay],
    "6.8": [probe_range_test],
}
