"""The visible checks of N.7."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds
from nablab.reference.initialization import tanh_net_descent
from nablab.sandbox.student import arguments_after_call

ONE_STEP = {
    "x": np.array([[1.0]]),
    "y": np.array([1.0]),
    "w1": np.array([[0.0, 0.0]]),
    "w2": np.array([1.0, 2.0]),
}


def descent_is(student, x, y, w1, w2, lr, steps, says=""):
    """The student's training leads to the reference's weights."""
    got = student.train_net(x, y, w1, w2, lr, steps)
    holds(
        isinstance(got, (tuple, list)) and len(got) == 2,
        "train_net should return two arrays: `return w1, w2`.",
        got=got,
    )
    given = {"x": x, "y": y, "w1": w1, "w2": w2}
    for name, mine, right in zip(
        ("w1", "w2"), got, tanh_net_descent(x, y, w1, w2, lr, steps), strict=True
    ):
        # In float32 a weight that becomes small keeps the rounding error of the large one it was.
        close(
            mine,
            right,
            f"{says} {name} after {steps} steps:".strip(),
            atol=1e-6 * max(np.abs(one).max() for one in (w1, w2, right)),
            constant=True,
            given=given,
        )


@check("contract")
def test_two_counts_and_two_arrays(student):
    """break_symmetry and distinct_units return whole numbers, train_net two arrays"""
    contract(student, "distinct_units", np.eye(3), np.ones(3), shape=(), kind="int")
    x, y = np.array([[1.0, 2.0], [0.5, 1.0], [2.0, 0.0]]), np.array([1.0, 0.0, -1.0])
    w1, w2 = np.array([[0.1, 0.2, 0.3, 0.4]] * 2), np.array([1.0, -1.0, 0.5, 0.2])
    contract(student, "train_net", x, y, w1, w2, 0.1, 2)
    descent_is(student, x, y, w1, w2, 0.1, 0)
    contract(student, "break_symmetry", "random", 5, 1, shape=(), kind="int")


@check("hand")
def test_the_step_of_the_text_for_two_units(student):
    """The step of the text leads to (0.1, 0.2) and leaves w2 as it was"""
    descent_is(student, **ONE_STEP, lr=0.1, steps=1, says="The example of the text:")


@check("probe")
def test_which_units_are_the_same(student):
    """Units are the same if no weight, incoming or outgoing, differs by more than 1e-6"""
    mixed = np.array([[1.0, 1, 1, 2], [5, 5, 6, 5]])
    for w1, w2, right, says in (
        (np.full((2, 4), 0.5), np.full(4, 0.5), 1, "All four are alike."),
        (mixed, np.full(4, 3.0), 3, "Only the first two are alike."),
        (np.full((2, 4), 0.5), np.array([3.0, 3, 4, -3]), 3, "Their outgoing weights differ."),
        (mixed * (1 + 1e-9 * np.arange(4)), np.full(4, 3.0), 3, "The first two differ by 5e-9."),
        (mixed + 1e-3 * np.arange(4), np.full(4, 3.0), 4, "The first two differ by 0.001."),
        (np.array([[1.0, -1, 1]]), np.array([2.0, -2, 2]), 2, "A unit and its negative."),
    ):
        given = {"w1": w1, "w2": w2}
        equal(student.distinct_units(w1, w2), right, says, given=given)


@check("probe")
def test_the_three_starts(student):
    """Zeros and constants leave one distinct unit, random draws leave all of them"""
    for init, width, right in (
        ("zeros", 5, 1),
        ("constant", 5, 1),
        ("random", 5, 5),
        ("random", 11, 11),
    ):
        equal(student.break_symmetry(init, width, 3), right, f"{init}, {width} units.")


@check("oracle")
def test_training_step_by_step(student, rng):
    """One step and thirty lead to the right weights"""
    x, y = rng.normal(size=(7, 3)), rng.normal(size=7)
    w1, w2 = rng.normal(size=(3, 5)), rng.normal(size=5)
    for lr, steps in ((0.2, 1), (0.05, 30)):
        descent_is(student, x, y, w1, w2, lr, steps, f"Rate {lr}.")


def probe_units(student):
    """Counts of units, a training and whether it changed its inputs, the three starts."""
    w1 = np.array([[1.0, 1, 1, 2, 2], [5, 5, 6, 5, 5]])
    w2 = np.array([3.0, 3, 3, 3, 4])
    x, y = np.array([[1.0, 2.0], [0.5, 1.0], [2.0, 0.0]]), np.array([1.0, 0.0, -1.0])
    counts = [
        student.distinct_units(*units) for units in ((w1, w2), (w1 + 1e-9 * np.arange(5), w2))
    ]
    given = x, y, 0.1 * w1[:, :3], w2[:3] + [0, 1, 2], 0.1, 2
    trained, after = arguments_after_call(student, "train_net", *given)
    kept = all(np.array_equal(now, then) for now, then in zip(after, given, strict=True))
    starts = [student.break_symmetry(init, 4, 1) for init in ("zeros", "constant", "random")]
    return [*counts, *(np.round(part, 4) for part in trained), kept, *starts]


PROBES = [probe_units]
