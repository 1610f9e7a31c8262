"""The visible checks of 12.8."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call

from .oracles import (
    BANKS,
    descend,
    grams,
    itself,
    itself_back,
    mixed_maps,
    mixed_pull,
    style_gradient,
    three_maps,
    three_pull,
    value_and_gradient,
)
from .texture_synth import AIM, PIXELS, picture

CONTENT = np.array([[4.0, 0], [0, 2]]).reshape(1, 2, 2)


def transferred(maps, pull, content, style, x, alpha, steps, lr):
    targets, contents = grams(maps, style), maps(content)
    return descend(
        lambda one: style_gradient(maps, pull, one, targets, contents, alpha), x, steps, lr
    )


def scored(student, maps, pull, x, targets, contents, alpha, says=""):
    got = student.style_score(maps, pull, x, targets, contents, alpha)
    value, gradient = value_and_gradient(got, "style_score", np.shape(x))
    expected, slope = style_gradient(maps, pull, x, targets, contents, alpha)
    close(value, expected, f"{says} The loss.".strip())
    close(gradient, slope, f"{says} The gradient.".strip(), atol=2e-5 * np.abs(slope).max())


def painted(student, maps, pull, content, style, x, alpha, steps, lr, says=""):
    close(
        student.style_transfer(maps, pull, content, style, x, alpha, steps, lr),
        transferred(maps, pull, content, style, x, alpha, steps, lr),
        says or f"alpha {alpha}.",
        atol=1e-4,
    )


def off(img, content):
    return float(np.mean((as_numbers(img) - content) ** 2))


@check("contract")
def test_a_loss_and_its_gradient(student):
    """style_score returns a number and an array as large as the image; all arguments stay"""
    x, targets = picture((4, 5, 3)), grams(mixed_maps, picture((4, 6, 3), 1.3))
    given = (mixed_maps, mixed_pull, x, targets, mixed_maps(picture((4, 5, 3), 0.4)), 0.5)
    got = contract(student, "style_score", *given)
    value_and_gradient(got, "style_score", (4, 5, 3))


@check("contract")
def test_an_image_as_large_as_the_content(student):
    """style_transfer returns an array as large as the content; all images stay as they are"""
    content, style, x = picture((4, 5, 3)), picture((6, 4, 3), 1.3), picture((4, 5, 3), 0.4)
    contract(
        student, "style_transfer", mixed_maps, mixed_pull, content, style, x, 1.0, 2, 0.05,
        shape=(4, 5, 3), array=True,
    )  # fmt: skip


@check("hand")
def test_the_pixels_of_the_text(student):
    """The two pixels of the text have the loss 1.825 and the gradients (1.5, −.55), (−1.5, .95)"""
    got = student.style_score(itself, itself_back, PIXELS, [AIM], [CONTENT], 2)
    value, gradient = value_and_gradient(got, "style_score", (1, 2, 2))
    close(value, 1.825, given={"F": PIXELS, "P": CONTENT})
    close(gradient, np.array([[1.5, -0.55], [-1.5, 0.95]]).reshape(1, 2, 2), "The gradient.")


@check("probe")
def test_alpha_zero_is_the_texture(student, rng):
    """With alpha 0 the content does not count; with alpha it counts in proportion"""
    for maps, pull in BANKS.values():
        x, style = rng.random(size=(6, 5, 3)), rng.random(size=(4, 7, 3))
        contents = maps(rng.random(size=(6, 5, 3)))
        for alpha in (0, 0.3, 40):
            scored(student, maps, pull, x, grams(maps, style), contents, alpha, f"alpha {alpha}.")


@check("probe")
def test_every_map_is_relative_to_its_own(student, rng):
    """Each map's content is relative to the squares of P, and all maps count alike"""

    def loud(x):
        x = np.asarray(x, dtype=float)
        return [x, 100 * x**2]

    def loud_back(x, grads):
        first, second = (np.asarray(g, dtype=float) for g in grads)
        return first + 200 * np.asarray(x, float) * second

    x, content = rng.random(size=(4, 5, 2)), rng.random(size=(4, 5, 2))
    targets = grams(loud, rng.random(size=(3, 5, 2)))
    scored(
        student, loud, loud_back, x, targets, loud(content), 3.0, "One map is 100 times as loud."
    )


@check("probe")
def test_it_starts_at_x(student):
    """Without steps x comes back, and one step goes downhill from there"""
    content, style, x = picture((4, 5, 3)), picture((6, 4, 3), 1.3), picture((4, 5, 3), 0.4)
    for steps in (0, 1):
        painted(
            student, three_maps, three_pull, content, style, x, 2.0, steps, 0.05, f"{steps} steps."
        )


@check("oracle")
def test_several_steps_of_any_size(student, rng):
    """Several steps, with a style of another size, in any order in memory"""
    for maps, pull in BANKS.values():
        content, x = rng.random(size=(3, 5, 6)).T, rng.random(size=(3, 5, 6)).T
        style = rng.random(size=(3, 4, 7)).T
        painted(student, maps, pull, content, style, x, float(rng.uniform(0.2, 3)), 3, 0.05)


@check()
def test_more_content_is_nearer_to_the_content(student, rng):
    """The larger alpha, the nearer the image comes to the content"""
    content, style = rng.random(size=(8, 9, 3)), rng.random(size=(7, 6, 3)) ** 3
    x = rng.random(size=content.shape)
    found = [
        off(
            student.style_transfer(three_maps, three_pull, content, style, x, alpha, 40, 0.05),
            content,
        )
        for alpha in (0.0, 0.3, 30.0)
    ]
    holds(
        found[0] > found[1] > found[2],
        "The mean squared distances from the content at alpha 0, .3 and 30 are "
        f"{', '.join(f'{one:.4f}' for one in found)}; they should fall.",
    )


def probe_scores(student):
    found = []
    for maps, pull, x, targets, contents, alpha in (
        (itself, itself_back, PIXELS, [AIM], [CONTENT], 2),
        (
            mixed_maps, mixed_pull, picture((4, 5, 3)), grams(mixed_maps, picture((4, 6, 3), 1.3)),
            mixed_maps(picture((4, 5, 3), 0.4)), 0.7,
        ),
        (
            three_maps, three_pull, picture((5, 4, 3)), grams(three_maps, picture((4, 6, 3), 1.3)),
            three_maps(picture((5, 4, 3), 0.4)), 0,
        ),
    ):  # fmt: skip
        value, gradient = student.style_score(maps, pull, x, targets, contents, alpha)
        found += [float(np.asarray(value)), np.asarray(gradient, dtype=float)]
    return found


IMAGES = picture((4, 5, 3)), picture((6, 4, 3), 1.3), picture((4, 5, 3), 0.4)


def probe_images(student):
    found = [
        student.style_transfer(three_maps, three_pull, *IMAGES, alpha, steps, lr)
        for alpha, steps, lr in ((0.5, 0, 0.05), (0.5, 1, 0.05), (2.0, 3, 0.1), (0.1, 3, 0.1))
    ]
    return [np.round(np.asarray(one, float), 5) for one in found]


def probe_argument(student):
    """The image that was passed, as it is after the call."""
    given = (three_maps, three_pull, *(image.copy() for image in IMAGES), 1.0, 1, 0.05)
    return arguments_after_call(student, "style_transfer", *given)[1][4]


PROBES = [probe_scores, probe_images, probe_argument]
