"""The visible checks of N.3."""

import numpy as np

from nablab.checking import check, contract, generator, holds
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call

from .oracles import case, losses, net, normalised_case, same, untouched, wave, within

RISING = [np.array([[0, 1.0], [0, 2.0]]), np.zeros(2)]  # for label 0, the loss rises with both
TWO = np.array([[0.5, 0.96]])


def starts(student, x, eps, seed):
    """Where the student's attack starts: after no step."""
    model = net(student, x.shape[1:], [np.ones((int(np.prod(x.shape[1:])), 2)), np.zeros(2)])
    y = np.zeros(len(x), int)
    return as_numbers(student.pgd(model.handle, x, y, eps, eps, 0, generator(student, seed)))


def evenly(got, x, eps):
    """That the starts fill the ball evenly, with a number of its own for each pixel."""
    made = within(got, x, eps)
    moved = (made - x) / eps
    holds(
        np.unique(np.round(moved, 9)).size > 0.9 * moved.size,
        "Every pixel of every image gets a random number of its own: rng.uniform with the shape of "
        "the images.",
        got=made,
    )
    spread = float(np.sqrt(np.mean(moved**2)))
    holds(
        moved.min() < -0.9 and moved.max() > 0.9 and 0.5 < spread < 0.65,
        f"The random numbers should lie evenly between −eps and eps, with a root mean square of "
        f"0.58 eps; yours go from {moved.min():.2f} eps to {moved.max():.2f} eps, with "
        f"{spread:.2f} eps.",
        got=made,
    )


@check("contract")
def test_an_array_of_the_same_shape(student):
    """pgd returns an array with the shape of the images, and leaves the images as they are"""
    x, y, weights, _ = case(np.random.default_rng(3), (2, 5, 3, 1), 4, steps=2)
    model = net(student, (5, 3, 1), weights)
    contract(student, "pgd", model.handle, x, y, 0.1, 0.05, 2, None, shape=x.shape, array=True)
    holds(
        np.shape(student.pgd(model.handle, x, y, 0.1, 0.05, 1)) == x.shape,
        "rng may be left out, and is None then.",
    )


@check("hand")
def test_the_three_steps_of_the_text(student):
    """The two pixels of the text after one, two and three steps"""
    model = net(student, (2,), RISING)
    for steps, end in ((1, [0.54, 1]), (2, [0.58, 1]), (3, [0.6, 1])):
        got = student.pgd(model.handle, TWO, np.array([0]), 0.1, 0.04, steps, None)
        same(got, [end], f"After {steps} steps.", TWO)


@check("probe")
def test_no_steps_at_all(student):
    """After no step and without a random start the images are as they were"""
    x = wave((3, 4, 2, 1))
    model = net(student, (4, 2, 1), [np.ones((8, 2)), np.zeros(2)])
    same(student.pgd(model.handle, x, np.zeros(3, int), 0.1, 0.05, 0, None), x, x=x)


@check("probe")
def test_the_random_start(student, rng):
    """A random start fills the ball evenly, and depends on the generator alone"""
    x, seed = np.full((20, 5, 7, 1), 0.5), int(rng.integers(10**6))
    first = starts(student, x, 0.3, seed)
    evenly(first, x, 0.3)
    holds(
        np.array_equal(first, starts(student, x, 0.3, seed)),
        "Two generators with the same seed should give the same start: draw from rng only.",
    )
    holds(
        np.abs(first - starts(student, x, 0.3, seed + 1)).max() > 0.1,
        "Generators with different seeds should give different starts.",
    )
    near = np.round(wave((6, 5, 3, 1)))
    within(starts(student, near, 0.3, seed), near, 0.3)


@check("probe")
def test_one_long_step_is_fgsm(student, rng):
    """One step with alpha = eps is FGSM, and with a smaller alpha it is shorter"""
    for alpha in (0.2, 0.07):
        x, y, weights, expected = case(rng, (5, 3, 4, 1), 4, 6, 0.2, alpha)
        got = student.pgd(net(student, (3, 4, 1), weights).handle, x, y, 0.2, alpha, 1, None)
        same(got, expected, f"alpha {alpha}, eps 0.2.", x)


@check("probe")
def test_the_model_stays_as_it_is(student, rng):
    """A net with batch normalization and dropout runs in inference mode, and stays as it is"""
    x, y, model, expected = normalised_case(rng, student, (5, 3, 2, 1), 3, 0.15, 0.06, 3)
    before = model.get_weights()
    same(student.pgd(model.handle, x, y, 0.15, 0.06, 3, None), expected, "In inference mode:", x)
    untouched(model, before, "pgd")


@check()
def test_in_the_ball_and_up_the_loss(student, rng):
    """With a random start too, the images stay in the ball, and their loss is above FGSM's"""
    x, y, weights, fast = case(rng, (23, 4, 3, 1), 4, 12, 0.2, 0.2)
    got = student.pgd(
        net(student, (4, 3, 1), weights).handle, x, y, 0.2, 0.05, 12, generator(student, 7)
    )
    made = within(got, x, 0.2)
    ours, theirs = losses(made, y, weights).mean(), losses(fast, y, weights).mean()
    holds(
        ours > theirs - 0.02 * abs(theirs),
        f"The mean loss after PGD is {ours:.4f}; FGSM's is {theirs:.4f}.",
    )


@check("oracle")
def test_paths_of_several_steps(student, rng):
    """Without a random start, the images after several steps, for nets of one and two layers"""
    for shape, classes, hidden, eps, alpha, steps in (
        ((3, 5, 2, 1), 4, 0, 0.2, 0.07, 5),
        ((2, 3, 3, 2), 3, 8, 0.3, 0.11, 4),
        ((1, 7), 3, 9, 0.4, 0.3, 3),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, alpha, steps)
        model = net(student, shape[1:], weights)
        got = student.pgd(model.handle, x, y, eps, alpha, steps, None)
        same(got, expected, f"Images {shape}, eps {eps}, alpha {alpha}, {steps} steps.", x)


BENT = 3  # seed of a case in which slopes turn on the way


def probe_paths(student):
    found = []
    for seed, hidden, steps in ((BENT, 9, 5), (4, 7, 2)):
        x, y, weights, _ = case(
            np.random.default_rng(seed), (5, 3, 2, 1), 4, hidden, 0.3, 0.11, steps
        )
        model = net(student, (3, 2, 1), weights)
        got = student.pgd(model.handle, x, y, 0.3, 0.11, steps, None)
        found.append(np.round(np.asarray(got, dtype=float), 5))
    return found


def probe_start(student):
    """What can be said of a random start, whatever was drawn."""
    x = np.full((6, 5, 7, 1), 0.5)
    first, again, other = (starts(student, x, 0.3, seed) for seed in (1, 1, 2))
    moved = (first - x) / 0.3
    near = np.round(wave((6, 5, 3, 1)))
    bound = starts(student, near, 0.3, 1)
    return [
        bool(fact)
        for fact in (
            np.array_equal(first, again),
            np.array_equal(first, other),
            np.abs(moved).max() > 1 + 1e-6,
            moved.min() < -0.8,
            np.abs(moved).min() > 0.9,
            np.unique(np.round(moved, 6)).size > 180,
            np.ptp(moved, axis=0).max() < 1e-6,
            np.ptp(moved, axis=(1, 2, 3)).max() < 1e-6,
            bound.min() < 0,
            bound.max() > 1,
        )
    ]


def probe_normalised(student):
    rng = np.random.default_rng(5)
    x, y, model, _ = normalised_case(rng, student, (4, 3, 2, 1), 3, 0.15, 0.06, 3)
    before = model.get_weights()
    made, after = arguments_after_call(student, "pgd", model.handle, x, y, 0.15, 0.06, 3, None)
    changed = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)]
    return [np.round(np.asarray(made, dtype=float), 5), np.asarray(after[1]), changed]


PROBES = [probe_paths, probe_start, probe_normalised]
