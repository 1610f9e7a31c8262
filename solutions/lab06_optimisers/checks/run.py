"""The visible checks of N.5."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds
from nablab.checking.expect import as_numbers
from nablab.data import surfaces
from nablab.sandbox.student import arguments_after_call

BOWL = surfaces.quadratic(10)


def path_of(student, opt, f, w0, steps):
    """The student's path, an array of the right shape."""
    path = as_numbers(student.run(opt, f, w0, steps))
    holds(
        path.shape == (steps + 1, 2),
        f"The path has the shape {path.shape}, expected {(steps + 1, 2)}: {steps} steps and the "
        "start.",
        got=path,
    )
    return path


def right_path(opt, f, w0, steps):
    """The path that `run` should return; opt works on copies."""
    path, state = [np.array(w0, dtype=float)], None
    for _ in range(steps):
        w, state = opt(path[-1], f(path[-1])[1], state)
        path.append(np.asarray(w))
    return np.array(path)


def heavy_ball(w, g, state):
    """Momentum, with a velocity that begins as zeros."""
    v = 0.5 * (np.zeros(2) if state is None else state) - 0.0625 * np.asarray(g)
    return np.asarray(w) + v, v


@check("contract")
def test_the_path_has_a_row_for_the_start_and_for_every_step(student):
    """run returns an array (steps + 1, 2) and leaves w0 as it was"""
    start = np.array([4.0, 2.0])
    contract(student, "run", heavy_ball, BOWL, start, 3, shape=(4, 2))
    contract(student, "run", student.in_place_descent, BOWL, start, 3, shape=(4, 2))


@check("hand")
def test_the_path_of_the_text(student):
    """in_place_descent gives the path of the text: (4, 2), (3.6, 0), (3.24, 0)"""
    path = path_of(student, student.in_place_descent, BOWL, np.array([4.0, 2.0]), 2)
    close(path, [[4, 2], [3.6, 0], [3.24, 0]], atol=1e-6, given={"w0": [4, 2]})


@check("probe")
def test_a_start_of_whole_numbers(student):
    """w0 may be a list, a tuple or whole numbers; with no steps the path is the start alone"""
    for start in ([4, 2], (4, 2), np.array([4, 2])):
        path = path_of(student, heavy_ball, BOWL, start, 2)
        close(path, [[4, 2], [3.75, 0.75], [3.390625, -0.34375]], given={"w0": start})
    close(path_of(student, heavy_ball, BOWL, [3.0, -1.0], 0), [[3, -1]], "No steps.")


@check("probe")
def test_what_the_optimiser_is_given(student):
    """At every step the optimiser gets the place, the gradient there and its last state"""
    asked = []

    def opt(w, g, state):
        asked.append((np.array(w, dtype=float), np.array(g, dtype=float), state))
        return np.asarray(w) + [1, -0.5], 1 if state is None else state + 1

    path = path_of(student, opt, BOWL, np.array([-2.0, 1.0]), 4)
    equal(len(asked), 4, "The number of calls of the optimiser, for 4 steps.")
    equal([state for *_, state in asked], [None, 1, 2, 3], "The states that it was given.")
    places = np.array([[-2, 1], [-1, 0.5], [0, 0], [1, -0.5], [2, -1]])
    close(path, places, "The optimiser adds (1, −0.5) at every step.")
    close([w for w, *_ in asked], places[:-1], "The places that it was given.")
    close([g for _, g, _ in asked], places[:-1] * [1, 10], "The gradients that it was given.")


@check("oracle")
def test_paths_on_other_surfaces(student, rng):
    """The paths on all three surfaces are right"""
    for surface in (surfaces.quadratic(7), surfaces.rosenbrock(), surfaces.saddle()):
        start = rng.uniform(-1, 1, size=2)

        def slow(w, g, state):
            return np.asarray(w) - 0.001 * np.asarray(g), None

        expected = right_path(slow, surface, start, 11)
        path = path_of(student, slow, surface, start, 11)
        close(path, expected, f"Gradient descent on the {surface.name}.", atol=1e-5)


def probe_path(student):
    return student.run(heavy_ball, BOWL, np.array([4.0, 2.0]), 3)


def probe_path_in_place(student):
    (path, after) = arguments_after_call(
        student, "run", student.in_place_descent, BOWL, np.array([4.0, 2.0]), 3
    )
    return [path, after[2]]


def probe_path_of_whole_numbers(student):
    return student.run(heavy_ball, BOWL, np.array([4, 2]), 2)


PROBES = [probe_path, probe_path_in_place, probe_path_of_whole_numbers]
