"""Hidden checks of 6.5."""

import numpy as np

from nablab.checking import close, equal, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.data import surfaces
from nablab.sandbox.student import arguments_after_call


def ball(mu, lr):
    """Momentum whose state is a list, to be handed on as it is."""

    def opt(w, g, state):
        v = mu * (np.zeros(2) if state is None else state[0]) - lr * np.asarray(g)
        return np.asarray(w) + v, [v]

    return opt


def path_of(opt, f, w0, steps):
    path, state = [np.array(w0, dtype=float)], None
    for _ in range(steps):
        w, state = opt(path[-1], f(path[-1])[1], state)
        path.append(np.asarray(w))
    return np.array(path)


def same_path(student, opt, f, w0, steps, expected, says):
    got = as_numbers(student.run(opt, f, w0, steps))
    close(got, expected, says, atol=1e-5 * float(np.abs(expected).max()), constant=True)


@exercise("6.5", stage="oracle")
def test_a_ball_on_three_surfaces(student, rng):
    """The path of a ball on three surfaces, from anywhere"""
    for surface, lr in (
        (surfaces.quadratic(13), 0.03),
        (surfaces.rosenbrock(), 0.0005),
        (surfaces.saddle(), 0.1),
    ):
        start, opt = rng.uniform(-1, 1, size=2), ball(rng.uniform(0.3, 0.8), lr)
        expected = path_of(opt, surface, start, 17)
        same_path(student, opt, surface, start, 17, expected, f"On the {surface.name}.")


@exercise("6.5", stage="probe")
def test_an_optimiser_that_works_in_place(student, rng):
    """An optimiser that works in place spoils neither the path nor w0"""
    bowl, start = surfaces.quadratic(7), rng.uniform(1, 3, size=2)
    expected = start * np.array([0.9, 0.3]) ** np.arange(6)[:, None]
    got, after = arguments_after_call(student, "run", student.in_place_descent, bowl, start, 5)
    close(as_numbers(got), expected, "With in_place_descent.", atol=1e-5)
    close(after[2], start, "w0 has been changed.")


@exercise("6.5", stage="probe")
def test_starts_of_any_kind(student, rng):
    """Starts as lists, tuples and whole numbers; no steps, and one"""
    bowl, opt = surfaces.quadratic(3), ball(0.5, 0.0625)
    start = [int(n) for n in rng.integers(1, 9, size=2) * [1, -1]]
    for w0 in (start, tuple(start), np.array(start), np.array(start, dtype=np.float32)):
        for steps in (0, 1, 4):
            expected = path_of(opt, bowl, start, steps)
            same_path(student, opt, bowl, w0, steps, expected, f"w0 {w0!r}, {steps} steps.")


@exercise("6.5")
def test_what_is_asked_along_the_way(student, rng):
    """f is asked at the place of every step, and opt once a step, with the last state"""
    asked, states = [], []

    def f(w):
        w = np.array(w, dtype=float)
        if not asked or not np.array_equal(asked[-1], w):  # asked twice at one place is as good
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
    equal(len(states), steps, "So often was opt called.")
    close(np.array(asked[:steps]), expected[:steps], "The places at which f was asked.", atol=1e-5)
