"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, left_alone, mutant, variant

from ..checks.oracles import case, net, normalised_case, same, untouched, within
from .building_blocks import answers, by_tape, gradient, outputs


@check("oracle")
def test_fresh_targets(student, rng):
    """The images after any number of steps towards fresh targets"""
    for shape, classes, hidden, eps, alpha, steps in (
        ((4, 3, 5, 1), 3, 0, 0.1, 0.03, 6),
        ((3, 4, 2, 1), 4, 7, 0.25, 0.1, 5),
        ((2, 9), 3, 11, 0.5, 0.2, 4),
        ((1, 5, 3, 1), 5, 6, 0.15, 0.15, 2),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, alpha, steps, -1)
        got = student.targeted(net(student, shape[1:], weights).handle, x, y, eps, alpha, steps)
        same(got, expected, f"Images {shape}, eps {eps}, alpha {alpha}, {steps} steps.", x)


@check("probe")
def test_a_small_ball(student, rng):
    """With alpha above eps the ball stops every pixel"""
    x, y, weights, expected = case(rng, (4, 3, 2, 2), 3, 5, 0.05, 0.4, 3, -1)
    got = student.targeted(net(student, (3, 2, 2), weights).handle, x, y, 0.05, 0.4, 3)
    same(within(got, x, 0.05), expected, "eps 0.05, alpha 0.4:", x)


@check("probe")
def test_nothing_is_changed(student, rng):
    """Images of any kind stay as they are, and so does the model"""
    x, y, model, expected = normalised_case(rng, student, (4, 2, 3, 1), 4, 0.2, 0.09, 3, -1)
    before = model.get_weights()
    for kind in (np.float64, np.float32):
        images = np.asfortranarray(x.astype(kind))
        got = left_alone(student, "targeted", model.handle, images, y, 0.2, 0.09, 3)
        same(got, expected, f"Images of {np.dtype(kind)}, in another memory order:", x)
    untouched(model, before, "targeted")


@check("probe")
def test_each_image_has_its_own_target(student, rng):
    """Every image walks towards its own target, wherever it lies in the batch"""
    x, y, weights, expected = case(rng, (7, 3, 4, 1), 4, 5, 0.2, 0.09, 3, -1)
    order, model = rng.permutation(7), net(student, (3, 4, 1), weights)
    got = student.targeted(model.handle, x[order], y[order], 0.2, 0.09, 3)
    same(got, expected[order], "In another order:", x[order])


# Mutants ------------------------------------------------------------------------------------------


def walked(
    model, x, target, eps, alpha, steps, *, down=1, at="z", ball=True, bounds=True, end=False,
    around="x", by=np.sign, training=False, of="loss",
):  # fmt: skip
    x = np.asarray(x, dtype=float)
    z = x
    for t in range(steps):
        slope = by(gradient(model, {"z": z, "x": x}[at], target, training, of))
        last = z
        z = z - down * alpha * slope
        if end and t < steps - 1:
            continue
        if ball:
            middle = x if around == "x" else last
            z = np.clip(z, middle - eps, middle + eps)
        if bounds:
            z = np.clip(z, 0, 1)
    return z


def walking(says, **how):
    return mutant(says, targeted=lambda *args: walked(*args, **how))


up_the_loss = walking(
    "You walk up the loss of the target, away from it. Walk down: subtract the step.", down=-1
)
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
    "You subtract the slopes themselves. Every pixel should move by alpha: take their signs.",
    by=lambda g: g,
)
in_training_mode = walking(
    "The model runs in training mode, so batch normalization and dropout change what it says.",
    training=True,
)
only_the_logit = walking(
    "You raise the logit of the target and forget the others. The loss depends on all.",
    down=-1,
    of="logit",
)
first_images_slopes = walking(
    "You take the slopes of the first image for all of them.", by=lambda g: np.sign(g[:1])
)


@mutant("All images walk towards the first target. Each has its own.")
def the_first_target(model, x, target, eps, alpha, steps):
    return walked(model, x, np.full_like(target, target[0]), eps, alpha, steps)


@mutant("You walk away from the model's answer, and the target plays no part.")
def away_from_its_answer(model, x, target, eps, alpha, steps):
    return walked(model, x, answers(model, x), eps, alpha, steps, down=-1)


@mutant("You walk towards the least probable class, and the target plays no part.")
def towards_the_least_likely(model, x, target, eps, alpha, steps):
    return walked(model, x, outputs(model, x).argmin(axis=1), eps, alpha, steps)


@mutant("You walk towards the model's own answer, and the target plays no part.")
def towards_its_answer(model, x, target, eps, alpha, steps):
    return walked(model, x, answers(model, x), eps, alpha, steps)


@mutant("You take one step too many.")
def a_step_too_many(model, x, target, eps, alpha, steps):
    return walked(model, x, target, eps, alpha, steps + 1)


@mutant("You take one step too few.")
def a_step_too_few(model, x, target, eps, alpha, steps):
    return walked(model, x, target, eps, alpha, steps - 1)


@mutant("Your steps have the length eps. They have the length alpha.")
def steps_of_eps(model, x, target, eps, alpha, steps):
    return walked(model, x, target, eps, eps, steps)


@mutant("Your ball has the radius alpha. It is eps.")
def ball_of_alpha(model, x, target, eps, alpha, steps):
    return walked(model, x, target, alpha, alpha, steps)


@mutant("You write into the caller's images. Work on a copy: the ball lies around the clean ones.")
def writes_into_the_images(model, x, target, eps, alpha, steps):
    x[...] = walked(model, x, target, eps, alpha, steps)
    return x


# Variants -----------------------------------------------------------------------------------------


@variant("the change is kept in place of the image, TensorFlow's own tape, float32")
def change_kept(model, x, target, eps, alpha, steps):
    x = np.asarray(x, np.float32)
    change = np.zeros_like(x)
    for _ in range(steps):
        change = change - np.float32(alpha) * np.sign(by_tape(model, x + change, target))
        change = np.clip(np.clip(change, -eps, eps), -x, 1 - x)
    return x + change


@variant("bounds computed once, minimum and maximum")
def box_first(model, x, target, eps, alpha, steps):
    low, high = np.maximum(x - eps, 0.0), np.minimum(x + eps, 1.0)
    z = np.array(x, dtype=float)
    for _ in range(steps):
        z -= alpha * np.sign(gradient(model, z, target))
        z = np.minimum(np.maximum(z, low), high)
    return z


@variant("a while loop, comparisons in place of sign and clip")
def while_and_where(model, x, target, eps, alpha, steps):
    x = np.asarray(x, float)
    z = x.copy()
    while steps > 0:
        g = gradient(model, z, target)
        z = z + alpha * ((g < 0) * 1.0 - (g > 0))
        z = np.where(z > 1, 1, np.where(z < 0, 0, z))
        z = np.where(z > x + eps, x + eps, np.where(z < x - eps, x - eps, z))
        steps -= 1
    return z
