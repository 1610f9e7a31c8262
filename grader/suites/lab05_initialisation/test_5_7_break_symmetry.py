"""Hidden checks of exercise 5.7."""

import numpy as np

from nablab.checking import close, equal, exercise
from nablab.reference.initialization import tanh_net_descent
from nablab.sandbox.student import arguments_after_call


def descent_is(student, x, y, w1, w2, lr, steps, says):
    got = student.train_net(x, y, w1, w2, lr, steps)
    given = {"x": x, "y": y, "w1": w1, "w2": w2}
    expected = tanh_net_descent(x, y, w1, w2, lr, steps)
    for name, mine, right in zip(("w1", "w2"), got, expected, strict=True):
        close(mine, right, f"{says} {name}:", constant=True, given=given)


@exercise("5.7")
def test_one_step_and_many(student, rng):
    """One step and forty lead to the right weights"""
    x, y = rng.normal(size=(11, 2)), rng.normal(size=11)
    w1, w2 = rng.normal(size=(2, 3)), rng.normal(size=3)
    for steps in (1, 2, 40):
        descent_is(student, x, y, w1, w2, 0.1, steps, f"{steps} steps.")


@exercise("5.7")
def test_the_rate_and_the_number_of_examples(student, rng):
    """The loss is a mean: the same examples twice change nothing"""
    x, y = rng.normal(size=(5, 3)), rng.normal(size=5)
    w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=4)
    twice, targets = np.concatenate([x, x]), np.concatenate([y, y])
    got = student.train_net(twice, targets, w1, w2, 0.3, 3)
    expected = tanh_net_descent(x, y, w1, w2, 0.3, 3)
    for name, mine, right in zip(("w1", "w2"), got, expected, strict=True):
        close(mine, right, f"{name} after 3 steps on the examples doubled:")


@exercise("5.7")
def test_zeros_do_not_move(student, rng):
    """From zeros nothing moves, and equal units stay equal"""
    x, y = rng.normal(size=(7, 2)), rng.normal(size=7)
    descent_is(student, x, y, np.zeros((2, 5)), np.zeros(5), 0.5, 20, "From zeros.")
    descent_is(student, x, y, np.full((2, 5), 0.5), np.full(5, 0.5), 0.2, 20, "From 0.5.")


@exercise("5.7")
def test_a_few_steps_from_weights_of_a_whole_1(student):
    """A few steps from weights of 1, 0 and −1 lead to the right weights"""
    x, y = np.array([[1.0, 2], [0, 1], [1, 0]]), np.array([1.0, 0, -1])
    w1, w2 = np.array([[1.0, 0, -1], [0, 1, 1]]), np.array([1.0, -1, 2])
    descent_is(student, x, y, w1, w2, 0.1, 3, "Weights of 1, 0 and −1.")


@exercise("5.7")
def test_what_it_is_given_stays(student, rng):
    """train_net leaves the weights that it was given as they are"""
    x, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    before = rng.normal(size=(2, 3)), rng.normal(size=3)
    _, after = arguments_after_call(student, "train_net", x, y, *before, 0.1, 4)
    for name, then, now in zip(("w1", "w2"), before, after[2:4], strict=True):
        close(now, then, f"{name} after the call:", rtol=1e-12, atol=1e-12)


@exercise("5.7")
def test_planted_units(student, rng):
    """Planted copies are found, among units that differ in any one weight"""
    D, K = 3, 5
    w1, w2 = rng.normal(size=(D, K)), rng.normal(size=K)
    copies = rng.integers(0, K, size=6)
    equal(
        student.distinct_units(
            np.concatenate([w1, w1[:, copies]], axis=1), np.concatenate([w2, w2[copies]])
        ),
        K,
        "Five units, and six copies of some of them.",
    )
    w1, w2 = np.repeat(w1[:, :1], 4, axis=1), np.repeat(w2[:1], 4)
    w1[int(rng.integers(D)), 1] += 0.01
    w2[2] += 0.01
    equal(student.distinct_units(w1, w2), 3, "Two of four equal units are changed in one weight.")
    noise = 1e-9 * rng.normal(size=(D, 4))
    equal(student.distinct_units(w1 + noise, w2), 3, "The same, up to 1e-9.")


@exercise("5.7")
def test_starts_of_other_widths(student, rng):
    """Other widths and seeds: one unit from equal starts, all of them from random ones"""
    for width in (2, 7, 13):
        seed = int(rng.integers(1000))
        for init, right in (("zeros", 1), ("constant", 1), ("random", width)):
            got = student.break_symmetry(init, width, seed)
            equal(got, right, f"{init}, {width} units, seed {seed}.")
