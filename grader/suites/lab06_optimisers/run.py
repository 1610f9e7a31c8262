"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.data import surfaces
from nablab.sandbox.student import arguments_after_call

from ..checks.run import path_of, right_path


def ball(mu, lr):
    """Momentum with a list as its state, which must be passed on as it is."""

    def opt(w, g, state):
        v = mu * (np.zeros(2) if state is None else state[0]) - lr * np.asarray(g)
        return np.asarray(w) + v, [v]

    return opt


def same_path(student, opt, f, w0, steps, expected, says):
    got = path_of(student, opt, f, w0, steps)
    close(got, expected, says, atol=1e-5 * float(np.abs(expected).max()), constant=True)


@check("oracle")
def test_a_ball_on_three_surfaces(student, rng):
    """The path with momentum is right on three surfaces, from any start"""
    for surface, lr in (
        (surfaces.quadratic(13), 0.03),
        (surfaces.rosenbrock(), 0.0005),
        (surfaces.saddle(), 0.1),
    ):
        start, opt = rng.uniform(-1, 1, size=2), ball(rng.uniform(0.3, 0.8), lr)
        expected = right_path(opt, surface, start, 17)
        same_path(student, opt, surface, start, 17, expected, f"On the {surface.name}.")


@check("probe")
def test_an_optimiser_that_works_in_place(student, rng):
    """An optimiser that works in place spoils neither the path nor w0"""
    bowl, start = surfaces.quadratic(7), rng.uniform(1, 3, size=2)
    expected = start * np.array([0.9, 0.3]) ** np.arange(6)[:, None]
    got, after = arguments_after_call(student, "run", student.in_place_descent, bowl, start, 5)
    close(as_numbers(got), expected, "With in_place_descent.", atol=1e-5)
    close(after[2], start, "w0 after the call.")


@check("probe")
def test_starts_of_any_kind(student, rng):
    """w0 may be a list, a tuple or whole numbers, and steps may be 0 or 1"""
    bowl, opt = surfaces.quadratic(3), ball(0.5, 0.0625)
    start = [int(n) for n in rng.integers(1, 9, size=2) * [1, -1]]
    for w0 in (start, tuple(start), np.array(start), np.array(start, dtype=np.float32)):
        for steps in (0, 1, 4):
            expected = right_path(opt, bowl, start, steps)
            same_path(student, opt, bowl, w0, steps, expected, f"w0 {w0!r}, {steps} steps.")


@check()
def test_what_is_asked_along_the_way(student, rng):
    """run calls f at the place of every step, and opt once a step, with its last state"""
    asked, states = [], []

    def f(w):
        w = np.array(w, dtype=float)
        if not asked or not np.array_equal(asked[-1], w):  # two calls at one place are fine
            asked.append(w)
        return 7.5, np.array([len(asked), -2.0 * len(asked)])

    def opt(w, g, state):
        states.append(state)
        return np.asarray(w) - 0.5 * np.asarray(g), f"state {len(states)}"

    start, steps = rng.normal(size=2), 6
    counts = np.arange(steps + 1)
    expected = start - 0.5 * np.cumsum(counts)[:, None] * [1, -2]
    same_path(student, opt, f, start, steps, expected, "The gradient is (k, −2k) at step k.")
    holds(states[0] is None, "The first state should be None.", got=states[0])
    equal(states[1:], [f"state {k}" for k in range(1, steps)], "The states after that.")
    equal(len(states), steps, "The number of calls of opt.")
    close(np.array(asked[:steps]), expected[:steps], "The places at which f was called.", atol=1e-5)


# Mutants ------------------------------------------------------------------------------------------


def walked(opt, f, w0, steps):
    """The right path, as a list of arrays."""
    path, state = [np.array(w0, dtype=float)], None
    for _ in range(steps):
        w, state = opt(path[-1].copy(), f(path[-1])[1], state)
        path.append(np.array(w, dtype=float))
    return path


@mutant("The start is missing from your path: its first row is w0, before any step.")
def start_missing(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps)[1:]).reshape(steps, 2)


@mutant("The last place is missing: keep the place after every step, the last one too.")
def end_missing(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps)[:-1]).reshape(steps, 2)


@mutant("You make one step too many: the path has steps + 1 rows, w0 among them.")
def one_step_too_many(opt, f, w0, steps):
    return np.array(walked(opt, f, w0, steps + 1))


@mutant(
    "An optimiser that works in place has overwritten the rows that you kept: they are all the same "
    "array. Keep copies.",
)
def rows_are_one_array(opt, f, w0, steps):
    w, state, path = np.array(w0, dtype=float), None, []
    path.append(w)
    for _ in range(steps):
        w, state = opt(w, f(w)[1], state)
        path.append(w)
    return np.array(path)


@mutant(
    "An optimiser that works in place has changed the caller's w0. Begin with a copy of it.",
)
def start_of_the_caller_changed(opt, f, w0, steps):
    w, state = np.asarray(w0, dtype=float), None
    path = [w.copy()]
    for _ in range(steps):
        w, state = opt(w, f(w)[1], state)
        path.append(np.array(w, dtype=float))
    return np.array(path)


@mutant(
    "You give the optimiser the state None at every step, so it forgets everything. Pass on the state "
    "that it returned.",
)
def state_not_handed_on(opt, f, w0, steps):
    path = [np.array(w0, dtype=float)]
    for _ in range(steps):
        path.append(np.array(opt(path[-1].copy(), f(path[-1])[1], None)[0], dtype=float))
    return np.array(path)


@mutant(
    "You use the gradient at w0 in every step. Call f again at each new place.",
)
def gradient_of_the_start(opt, f, w0, steps):
    g = f(np.array(w0, dtype=float))[1]
    return np.array(walked(opt, lambda w: (0.0, np.array(g, dtype=float)), w0, steps))


@mutant(
    "Your path is rounded to whole numbers, because w0 has whole numbers. Make an array of floats.",
)
def path_in_the_type_of_the_start(opt, f, w0, steps):
    w0 = np.asarray(w0)
    path, state = np.zeros((steps + 1, 2), dtype=w0.dtype), None
    path[0] = w0
    for k in range(steps):
        w, state = opt(path[k].astype(float), f(path[k])[1], state)
        path[k + 1] = w
    return path


# Variants -----------------------------------------------------------------------------------------


@variant("into an array that is made first")
def run_into_an_array(opt, f, w0, steps):
    path = np.empty((steps + 1, 2))
    path[0] = w0
    w, state = path[0].copy(), None
    for k in range(1, steps + 1):
        w, state = opt(w, f(w)[1], state)
        path[k] = w
    return path


@variant("by recursion, as lists")
def run_by_recursion(opt, f, w0, steps):
    def rest(w, state, left):
        row = [[float(w[0]), float(w[1])]]
        if not left:
            return row
        w, state = opt(np.array(w, dtype=float), np.array(f(w)[1]), state)
        return row + rest(w, state, left - 1)

    return rest(np.array(w0, dtype=float), None, steps)


@variant("calls f twice at every place, for the value and for the gradient")
def run_that_asks_twice(opt, f, w0, steps):
    w, state = np.array(w0, dtype=float), None
    path, values = [w.copy()], []
    for _ in range(steps):
        values.append(f(w)[0])
        gradient = f(w)[1]
        w, state = opt(w.copy(), gradient, state)
        w = np.array(w, dtype=float)
        path.append(w.copy())
    return path


@variant("float32")
def run_in_float32(opt, f, w0, steps):
    path, state = [np.array(w0, dtype=np.float32)], None
    while len(path) <= steps:
        _, g = f(path[-1])
        w, state = opt(path[-1].copy(), np.asarray(g, dtype=np.float32), state)
        path.append(np.array(w, dtype=np.float32))
    return np.vstack(path)
