"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, generator, holds, left_alone, mutant, variant

from ..checks.oracles import case, losses, net, normalised_case, same, untouched, within
from ..checks.pgd import evenly, starts
from .building_blocks import answers, by_tape, gradient


@check("oracle")
def test_fresh_paths(student, rng):
    """Without a random start, the images after any number of steps"""
    for shape, classes, hidden, eps, alpha, steps in (
        ((4, 3, 5, 1), 3, 0, 0.1, 0.03, 6),
        ((3, 4, 2, 1), 4, 7, 0.25, 0.1, 5),
        ((2, 9), 3, 11, 0.5, 0.2, 4),
        ((1, 5, 3, 1), 5, 6, 0.15, 0.15, 2),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, alpha, steps)
        model = net(student, shape[1:], weights)
        got = student.pgd(model.handle, x, y, eps, alpha, steps, None)
        same(got, expected, f"Images {shape}, eps {eps}, alpha {alpha}, {steps} steps.", x)


@check("probe")
def test_a_fresh_random_start(student, rng):
    """The random start is even, repeatable, in the ball and between paper and ink"""
    seed, eps = int(rng.integers(10**6)), 0.2
    x = rng.uniform(0.25, 0.75, (12, 7, 11))
    first = starts(student, x, eps, seed)
    evenly(first, x, eps)
    holds(
        np.array_equal(first, starts(student, x, eps, seed)),
        "Two generators with the same seed should give the same start: draw from rng only.",
    )
    holds(
        np.abs(first - starts(student, x, eps, seed + 1)).max() > 0.1,
        "Generators with different seeds should give different starts.",
    )
    edge = np.round(x)
    within(starts(student, edge, eps, seed), edge, eps)


@check("probe")
def test_a_ball_smaller_than_a_step(student, rng):
    """With alpha above eps the ball stops every pixel"""
    x, y, weights, expected = case(rng, (4, 3, 2, 2), 3, 5, 0.05, 0.4, 3)
    model = net(student, (3, 2, 2), weights)
    got = student.pgd(model.handle, x, y, 0.05, 0.4, 3, None)
    same(within(got, x, 0.05), expected, "eps 0.05, alpha 0.4:", x)


@check("probe")
def test_nothing_is_changed(student, rng):
    """Images of any kind stay as they are, and so does the model"""
    x, y, model, expected = normalised_case(rng, student, (4, 2, 3, 1), 4, 0.2, 0.09, 3)
    before = model.get_weights()
    for kind in (np.float64, np.float32):
        images = np.asfortranarray(x.astype(kind))
        got = left_alone(student, "pgd", model.handle, images, y, 0.2, 0.09, 3, None)
        same(got, expected, f"Images of {np.dtype(kind)}, in another memory order:", x)
    untouched(model, before, "pgd")


@check()
def test_at_least_as_far_as_one_step(student, rng):
    """The mean loss is not below FGSM's, with a random start or without"""
    x, y, weights, fast = case(rng, (29, 3, 4, 1), 3, 14, 0.3, 0.3)
    model, bar = net(student, (3, 4, 1), weights), losses(fast, y, weights).mean()
    for rng_ in (None, generator(student, int(rng.integers(1000)))):
        made = within(student.pgd(model.handle, x, y, 0.3, 0.075, 12, rng_), x, 0.3)
        ours = losses(made, y, weights).mean()
        holds(
            ours > bar - 0.02 * abs(bar),
            f"The mean loss after PGD is {ours:.4f}; FGSM's is {bar:.4f}.",
        )


# Mutants ------------------------------------------------------------------------------------------


def walked(
    model, x, y, eps, alpha, steps, rng=None, *, up=1, at="z", ball=True, bounds=True, end=False,
    around="x", by=np.sign, start=None, training=False,
):  # fmt: skip
    x = np.asarray(x, dtype=float)
    z = x
    if rng is not None:
        z = (
            np.clip(x + rng.uniform(-eps, eps, x.shape), 0, 1)
            if start is None
            else start(rng, x, eps)
        )
    for t in range(steps):
        slope = by(gradient(model, {"z": z, "x": x}[at], y, training))
        last = z
        z = z + up * alpha * slope
        if end and t < steps - 1:
            continue
        if ball:
            middle = x if around == "x" else last
            z = np.clip(z, middle - eps, middle + eps)
        if bounds:
            z = np.clip(z, 0, 1)
    return z


def walking(says, **how):
    return mutant(says, pgd=lambda *args, **more: walked(*args, **more, **how))


down_the_loss = walking("You walk down the loss. The attack walks up.", up=-1)
slopes_of_the_start = walking(
    "You take the slopes at x in every step. Take them where you are, at z.", at="x"
)
no_ball = walking("Nothing keeps you within eps of the original image.", ball=False)
ball_that_moves = walking(
    "Your ball lies around the last image, so it moves along. It stays around x.", around="z"
)
no_bounds = walking("Pixels leave the range from 0 to 1.", bounds=False)
projected_at_the_end = walking(
    "You come back into the ball only after the last step. Come back after every step.", end=True
)
slopes_in_place_of_signs = walking(
    "You add the slopes themselves. Every pixel should move by alpha: take their signs.",
    by=lambda g: g,
)
in_training_mode = walking(
    "The model runs in training mode, so batch normalization and dropout change what it says.",
    training=True,
)
first_images_slopes = walking(
    "You take the slopes of the first image for all of them.", by=lambda g: np.sign(g[:1])
)
flat_pixels_move = walking(
    "All slopes are positive to you: you lost their signs.", by=lambda g: np.sign(np.abs(g))
)


@mutant("You take one step too many.")
def a_step_too_many(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps + 1, rng)


@mutant("You take one step too few.")
def a_step_too_few(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps - 1, rng)


@mutant("Your steps have the length eps. They have the length alpha.")
def steps_of_eps(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, eps, steps, rng)


@mutant("You divide alpha by the number of steps. Every step has the length alpha.")
def alpha_divided(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha / max(steps, 1), steps, rng)


@mutant("Your ball has the radius alpha. It is eps.")
def ball_of_alpha(model, x, y, eps, alpha, steps, rng=None):
    z = walked(model, x, y, alpha, alpha, steps, rng)
    return z


@mutant("You lead away from the model's own answer. The right label is y.")
def away_from_its_answer(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, answers(model, x), eps, alpha, steps, rng)


@mutant("You start at x although a generator is given.")
def never_random(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps)


@mutant("You start at random although rng is None.")
def always_random(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps, rng or np.random.default_rng(0))


@mutant("Your random start does not come from rng: another generator gives the same one.")
def a_generator_of_its_own(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps, rng and np.random.default_rng(0))


@mutant("You draw with np.random, so the start cannot be repeated. Draw from rng.")
def the_global_generator(model, x, y, eps, alpha, steps, rng=None):
    return walked(model, x, y, eps, alpha, steps, rng and np.random.default_rng())


def drawing(says, start):
    return mutant(says, pgd=lambda *args, **more: walked(*args, **more, start=start))


start_not_clipped = drawing(
    "Your random start may lie below 0 or above 1.",
    lambda rng, x, eps: x + rng.uniform(-eps, eps, x.shape),
)
start_only_above = drawing(
    "Your random start only rises: draw between −eps and eps.",
    lambda rng, x, eps: np.clip(x + rng.uniform(0, eps, x.shape), 0, 1),
)
start_at_corners = drawing(
    "Your random start moves every pixel by exactly eps, up or down. Draw evenly in between.",
    lambda rng, x, eps: np.clip(x + eps * rng.choice([-1, 1], x.shape), 0, 1),
)
start_outside_the_ball = drawing(
    "You draw from a normal distribution, which leaves the ball. Draw evenly between −eps and eps.",
    lambda rng, x, eps: np.clip(x + eps * rng.normal(size=x.shape), 0, 1),
)
start_alike_for_all = drawing(
    "You draw one change and use it for all images. Each image gets its own.",
    lambda rng, x, eps: np.clip(x + rng.uniform(-eps, eps, x.shape[1:]), 0, 1),
)
start_alike_for_pixels = drawing(
    "You draw one number for each image. Each pixel gets its own.",
    lambda rng, x, eps: np.clip(
        x + rng.uniform(-eps, eps, len(x)).reshape(-1, *[1] * (x.ndim - 1)), 0, 1
    ),
)


@mutant("You write into the caller's images. Work on a copy: the ball lies around the clean ones.")
def writes_into_the_images(model, x, y, eps, alpha, steps, rng=None):
    made = walked(model, x, y, eps, alpha, steps, rng)
    x[...] = made
    return x


# Variants -----------------------------------------------------------------------------------------


@variant("the change is kept in place of the image, TensorFlow's own tape, float32")
def change_kept(model, x, y, eps, alpha, steps, rng=None):
    x = np.asarray(x, np.float32)
    change = np.zeros_like(x)
    if rng is not None:
        change = rng.uniform(-eps, eps, size=x.shape).astype(np.float32)
        change = np.clip(x + change, 0, 1) - x
    for _ in range(steps):
        change = change + np.float32(alpha) * np.sign(by_tape(model, x + change, y))
        change = np.clip(np.clip(change, -eps, eps), -x, 1 - x)
    return x + change


@variant("bounds computed once, minimum and maximum, paper and ink first")
def box_first(model, x, y, eps, alpha, steps, rng=None):
    low, high = np.maximum(x - eps, 0.0), np.minimum(x + eps, 1.0)
    z = np.array(x, dtype=float)
    if rng is not None:
        z += (2 * rng.random(z.shape) - 1) * eps
        z = np.minimum(np.maximum(z, 0), 1)
    for _ in range(steps):
        z += alpha * np.sign(gradient(model, z, y))
        z = np.minimum(np.maximum(z, low), high)
    return z


@variant("a while loop, comparisons in place of sign and clip")
def while_and_where(model, x, y, eps, alpha, steps, rng=None):
    x = np.asarray(x, float)
    z = x.copy()
    if rng is not None:
        for n in range(len(x)):
            moved = x[n] + rng.uniform(low=-eps, high=eps, size=x[n].shape)
            z[n] = np.clip(moved, 0.0, 1.0)
    while steps > 0:
        g = gradient(model, z, y)
        z = z + alpha * ((g > 0) * 1.0 - (g < 0))
        z = np.where(z > 1, 1, np.where(z < 0, 0, z))
        z = np.where(z > x + eps, x + eps, np.where(z < x - eps, x - eps, z))
        steps -= 1
    return z
