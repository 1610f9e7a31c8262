"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, equal, mutant, variant
from nablab.reference.initialization import tanh_net_descent
from nablab.sandbox.student import arguments_after_call

from ..checks.break_symmetry import descent_is


@check()
def test_one_step_and_many(student, rng):
    """One step and forty lead to the right weights"""
    x, y = rng.normal(size=(11, 2)), rng.normal(size=11)
    w1, w2 = rng.normal(size=(2, 3)), rng.normal(size=3)
    for steps in (1, 2, 40):
        descent_is(student, x, y, w1, w2, 0.1, steps)


@check()
def test_the_rate_and_the_number_of_examples(student, rng):
    """The loss is a mean: using every example twice changes nothing"""
    x, y = rng.normal(size=(5, 3)), rng.normal(size=5)
    w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=4)
    twice, targets = np.concatenate([x, x]), np.concatenate([y, y])
    got = student.train_net(twice, targets, w1, w2, 0.3, 3)
    expected = tanh_net_descent(x, y, w1, w2, 0.3, 3)
    for name, mine, right in zip(("w1", "w2"), got, expected, strict=True):
        close(mine, right, f"{name} after 3 steps, with every example twice:")


@check()
def test_zeros_do_not_move(student, rng):
    """From zeros nothing moves, and equal units stay equal"""
    x, y = rng.normal(size=(7, 2)), rng.normal(size=7)
    descent_is(student, x, y, np.zeros((2, 5)), np.zeros(5), 0.5, 20, "From zeros.")
    descent_is(student, x, y, np.full((2, 5), 0.5), np.full(5, 0.5), 0.2, 20, "From 0.5.")


@check()
def test_a_few_steps_from_weights_of_a_whole_1(student):
    """A few steps from weights of 1, 0 and −1 lead to the right weights"""
    x, y = np.array([[1.0, 2], [0, 1], [1, 0]]), np.array([1.0, 0, -1])
    w1, w2 = np.array([[1.0, 0, -1], [0, 1, 1]]), np.array([1.0, -1, 2])
    descent_is(student, x, y, w1, w2, 0.1, 3, "Weights of 1, 0 and −1.")


@check()
def test_what_it_is_given_stays(student, rng):
    """train_net does not change the weights that it is given"""
    x, y = rng.normal(size=(5, 2)), rng.normal(size=5)
    before = rng.normal(size=(2, 3)), rng.normal(size=3)
    _, after = arguments_after_call(student, "train_net", x, y, *before, 0.1, 4)
    for name, then, now in zip(("w1", "w2"), before, after[2:4], strict=True):
        close(now, then, f"{name} after the call:", rtol=1e-12, atol=1e-12)


@check()
def test_planted_units(student, rng):
    """Copies of units count once, and a difference in one weight makes another unit"""
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


@check()
def test_starts_of_other_widths(student, rng):
    """Other widths and seeds: one unit from equal starts, all of them from random ones"""
    for width in (2, 7, 13):
        seed = int(rng.integers(1000))
        for init, right in (("zeros", 1), ("constant", 1), ("random", width)):
            got = student.break_symmetry(init, width, seed)
            equal(got, right, f"{init}, {width} units, seed {seed}.")


# Mutants ------------------------------------------------------------------------------------------


PLACE = np.linspace(-2, 2, 41)


WAVE = np.stack([PLACE, np.ones(41)], axis=1), np.sin(2 * PLACE) + 0.5 * PLACE


def count(w1, w2, tolerance=1e-6):
    """Distinct units."""
    found = []
    for unit in np.vstack([w1, w2]).T:
        if all(np.abs(unit - other).max() > tolerance for other in found):
            found.append(unit)
    return len(found)


def experiment(init, width, seed, draw, steps=500):
    w1, w2 = draw(init, (2, width), np.random.default_rng(seed))
    return count(*tanh_net_descent(*WAVE, w1, w2, 0.1, steps))


def start(init, shape, rng):
    if init == "random":
        return rng.normal(0, 0.5, shape), rng.normal(0, 0.5, shape[1])
    value = {"zeros": 0.0, "constant": 0.5}[init]
    return np.full(shape, value), np.full(shape[1], value)


@mutant(
    "Your units become distinct from every start. For zeros and for a constant all weights should "
    "begin equal, the outgoing ones too: if w2 is random, equal units get different gradients.",
)
def outgoing_weights_always_random(init="random", width=8, seed=0):
    def draw(init, shape, rng):
        return start(init, shape, rng)[0], rng.normal(0, 0.5, shape[1])

    return experiment(init, width, seed, draw)


@mutant(
    "You draw one random number and give it to all units. They start equal and stay equal.",
)
def one_number_for_all_units(init="random", width=8, seed=0):
    def draw(init, shape, rng):
        if init != "random":
            return start(init, shape, rng)
        return np.full(shape, rng.normal(0, 0.5)), np.full(shape[1], rng.normal(0, 0.5))

    return experiment(init, width, seed, draw)


def trained_by(step):
    """A training whose step is wrong in one way."""

    def train_net(x, y, w1, w2, lr, steps):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        w1, w2 = np.array(w1, dtype=float), np.array(w2, dtype=float)
        with np.errstate(all="ignore"):  # wrong steps may lead anywhere
            for _ in range(steps):
                w1, w2 = step(x, y, w1, w2, lr)
        return w1, w2

    return train_net


def step_one_after_the_other(x, y, w1, w2, lr):
    h = np.tanh(x @ w1)
    e = (h @ w2 - y) / len(x)
    w2 = w2 - lr * h.T @ e
    return w1 - lr * x.T @ (np.outer(e, w2) * (1 - h**2)), w2


def step_without_tanh_slope(x, y, w1, w2, lr):
    h = np.tanh(x @ w1)
    e = (h @ w2 - y) / len(x)
    return w1 - lr * x.T @ np.outer(e, w2), w2 - lr * h.T @ e


def step_by_the_sum(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, lr * len(x), 1)


def step_without_the_half(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, 2 * lr, 1)


def step_uphill(x, y, w1, w2, lr):
    return tanh_net_descent(x, y, w1, w2, -lr, 1)


def changes_what_it_is_given(x, y, w1, w2, lr, steps):
    new1, new2 = tanh_net_descent(x, y, w1, w2, lr, steps)
    w1[...], w2[...] = new1, new2
    return w1, w2


weights_one_after_the_other = mutant(
    "You change w2 before you compute the gradient for w1. Both gradients belong to the old weights.",
    train_net=trained_by(step_one_after_the_other),
)


no_tanh_slope = mutant(
    "The slope of tanh, 1 − h², is missing in the gradient for w1.",
    train_net=trained_by(step_without_tanh_slope),
)


sum_for_mean = mutant(
    "Your gradients are sums over the examples. The loss is a mean: divide by N.",
    train_net=trained_by(step_by_the_sum),
)


half_of_the_loss_ignored = mutant(
    "Your gradients are twice as large as they should be: the ½ in the loss cancels the 2 of the "
    "square.",
    train_net=trained_by(step_without_the_half),
)


uphill = mutant(
    "Your steps go uphill: subtract the gradient.",
    train_net=trained_by(step_uphill),
)


trains_in_place = mutant(
    "Your train_net changes the arrays that it is given. Begin with copies.",
    train_net=changes_what_it_is_given,
)


outgoing_weights_ignored = mutant(
    "Your count looks at incoming weights only. Units with equal outputs but different outgoing "
    "weights are not the same.",
    distinct_units=lambda w1, w2: count(np.asarray(w1), np.zeros(np.shape(w1)[1])),
)


exact_comparison = mutant(
    "You count units as the same only if they are equal to the last bit. After training, equal units "
    "may differ by 1e-15: allow 1e-6.",
    distinct_units=lambda w1, w2: len(np.unique(np.vstack([w1, w2]).T, axis=0)),
)


numbers_for_units = mutant(
    "You count distinct numbers. Count distinct units: a unit is a column of w1 with its entry of w2.",
    distinct_units=lambda w1, w2: len(np.unique(np.round(np.vstack([w1, w2]), 6))),
)


# Variants -----------------------------------------------------------------------------------------


def train_by_loops(x, y, w1, w2, lr, steps):
    x, y = np.asarray(x, float), np.asarray(y, float)
    w1, w2 = np.array(w1, float), np.array(w2, float)
    K = len(w2)
    for _ in range(steps):
        h = np.tanh(np.dot(x, w1))
        e = np.dot(h, w2) - y
        dw1, dw2 = np.zeros_like(w1), np.zeros_like(w2)
        for k in range(K):
            dw2[k] = np.mean(e * h[:, k])
            dw1[:, k] = np.mean((e * w2[k] * (1 - h[:, k] ** 2))[:, None] * x, axis=0)
        w1 -= lr * dw1
        w2 -= lr * dw2
    return [w1, w2]


def train_in_float32(x, y, w1, w2, lr, steps):
    x, y, w1, w2 = (np.array(a, dtype=np.float32) for a in (x, y, w1, w2))
    rate = np.float32(lr / len(x))
    for _ in range(steps):
        h = np.tanh(np.einsum("nd,dk->nk", x, w1))
        e = np.einsum("nk,k->n", h, w2) - y
        dw1 = np.einsum("nd,n,k,nk->dk", x, e, w2, 1 - h * h)
        w1, w2 = w1 - rate * dw1, w2 - rate * np.einsum("nk,n->k", h, e)
    return w1, w2


def units_by_distances(w1, w2):
    units = np.concatenate([np.asarray(w1, float), np.asarray(w2, float)[None]]).T
    apart = np.abs(units[:, None] - units[None]).max(axis=-1) > 1e-6
    return int(sum(apart[k, :k].all() for k in range(len(units))))


def units_in_a_set(w1, w2):
    rows = sorted(zip(*np.asarray(w1, float).tolist(), np.asarray(w2, float).tolist(), strict=True))
    count = 0
    kept = []
    for row in rows:
        if not any(
            max(abs(a - b) for a, b in zip(row, other, strict=True)) <= 1e-6 for other in kept
        ):
            kept.append(row)
            count += 1
    return np.int64(count)


def experiment_with_one_array(init="random", width=8, seed=0):
    place = np.linspace(-2, 2, 41)
    x = np.column_stack([place, np.ones_like(place)])
    draws = np.random.default_rng(seed).standard_normal((3, width)) * 0.5
    weights = {"zeros": np.zeros_like(draws), "constant": draws * 0 + 0.5, "random": draws}[init]
    y = np.sin(2 * place) + place / 2
    return units_by_distances(*train_by_loops(x, y, weights[:2], weights[2], 0.1, 500))


unit_by_unit_in_loops = variant(
    "gradients unit by unit in loops, distances between all pairs",
    train_net=train_by_loops,
    distinct_units=units_by_distances,
)


einsum_in_float32 = variant(
    "float32, einsum", train_net=train_in_float32, distinct_units=units_by_distances
)


weights_in_one_array = variant(
    "all weights drawn as one array; units counted in plain Python",
    break_symmetry=experiment_with_one_array,
    distinct_units=units_in_a_set,
)
