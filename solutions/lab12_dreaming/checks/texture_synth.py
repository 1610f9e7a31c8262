"""The visible checks of N.7."""

import numpy as np

from nablab import data
from nablab.checking import check, close, contract, equal, holds
from nablab.sandbox.student import arguments_after_call, parameters

from .oracles import (
    BANKS,
    descend,
    grams,
    itself,
    itself_back,
    mixed_maps,
    mixed_pull,
    texture_gradient,
    three_maps,
    three_pull,
    value_and_gradient,
    wave,
)

PIXELS = np.array([[4.0, 1], [0, 3]]).reshape(1, 2, 2)
AIM = 2 * np.eye(2)


def picture(shape, step=0.7):
    return wave(shape, step) / 3 + 0.5


def twice(x):
    return [np.array(x, dtype=float), np.array(x, dtype=float)]


def twice_back(x, grads):
    first, second = grads
    return np.asarray(first, dtype=float) + second


def synthesised(maps, pull, source, x, steps, lr):
    targets = grams(maps, source)
    return descend(lambda one: texture_gradient(maps, pull, one, targets), x, steps, lr)


def scored(student, maps, pull, x, targets, says=""):
    got = student.texture_score(maps, pull, x, targets)
    value, gradient = value_and_gradient(got, "texture_score", np.shape(x))
    expected, slope = texture_gradient(maps, pull, x, targets)
    close(value, expected, f"{says} The loss.".strip())
    close(gradient, slope, f"{says} The gradient.".strip(), atol=2e-5 * np.abs(slope).max())


def grown(student, maps, pull, source, x, steps, lr, says=""):
    close(
        student.texture_synth(maps, pull, source, x, steps, lr),
        synthesised(maps, pull, source, x, steps, lr),
        says,
        atol=1e-4,
    )


def crop(name, row, column, side=32):
    """A piece of a photo, from 0 to 1, at half its size."""
    piece = data.sample_photo(name)[row : row + 2 * side, column : column + 2 * side] / 255
    return piece.reshape(side, 2, side, 2, 3).mean(axis=(1, 3))


@check("contract")
def test_a_loss_and_its_gradient(student):
    """texture_score returns a number and an array as large as the image, which stays as it is"""
    x, targets = picture((4, 5, 3)), grams(mixed_maps, picture((4, 6, 3), 1.3))
    got = contract(student, "texture_score", mixed_maps, mixed_pull, x, targets)
    value_and_gradient(got, "texture_score", (4, 5, 3))


@check("contract")
def test_an_image_from_an_image(student):
    """texture_synth returns an array as large as x; source and x stay as they are"""
    source, x = picture((4, 6, 3), 1.3), picture((4, 5, 3))
    contract(
        student, "texture_synth", mixed_maps, mixed_pull, source, x, 2, 0.05,
        shape=(4, 5, 3), array=True,
    )  # fmt: skip


@check("hand")
def test_the_pixels_of_the_text(student):
    """The bank of the text has the loss 1.625, with its map once and twice"""
    slope = np.array([[1.5, -0.75], [-1.5, 0.75]]).reshape(1, 2, 2)
    for maps, pull, targets, says in (
        (itself, itself_back, [AIM], "One map, the image itself."),
        (twice, twice_back, [AIM, AIM], "The same map twice."),
    ):
        got = student.texture_score(maps, pull, PIXELS, targets)
        value, gradient = value_and_gradient(got, "texture_score", (1, 2, 2))
        close(value, 1.625, says)
        close(gradient, slope, f"{says} The gradient.")


@check("probe")
def test_every_map_counts_alike(student, rng):
    """Every map has its own target, and all count alike, whatever their sizes"""
    for name, (maps, pull) in BANKS.items():
        x, source = rng.random(size=(6, 5, 3)), rng.random(size=(4, 7, 3))
        scored(student, maps, pull, x, grams(maps, source), f"{name.capitalize()}.")


@check("probe")
def test_no_steps_and_one(student):
    """Without steps x comes back; one step goes downhill from x, by lr for each number"""
    source, x = picture((4, 6, 3), 1.3), picture((5, 4, 3))
    for steps in (0, 1):
        grown(student, mixed_maps, mixed_pull, source, x, steps, 0.05, f"{steps} steps.")


@check("oracle")
def test_several_steps_of_any_size(student, rng):
    """Several steps, with a source of another size, in any order in memory"""
    for maps, pull in BANKS.values():
        source, x = rng.random(size=(3, 8, 4)).T, rng.random(size=(3, 5, 6)).T
        grown(student, maps, pull, source, x, 3, 0.05)


@check()
def test_the_score_is_asked_at_the_image(student, rng):
    """pull is asked at the same image as maps, once for each step, with a gradient for each map"""
    asked = []

    def maps(x):
        asked.append(("maps", np.array(x)))
        return three_maps(x)

    def pull(x, grads):
        asked.append(("pull", np.array(x)))
        equal(len(grads), 3, "pull takes a list with one gradient for each map. Its length:")
        return three_pull(x, grads)

    equal(parameters(student, "texture_score")[:4], ("maps", "pull", "x", "targets"))
    x, targets = rng.random(size=(4, 5, 3)), grams(three_maps, rng.random(size=(6, 4, 3)))
    student.texture_score(maps, pull, x, targets)
    for name, image in asked:
        close(image, x, f"{name} is asked at")
    holds(any(name == "pull" for name, _ in asked), "pull is never asked.")


def probe_scores(student):
    found = []
    for maps, pull, x, targets in (
        (itself, itself_back, PIXELS, [AIM]),
        (mixed_maps, mixed_pull, picture((4, 5, 3)), grams(mixed_maps, picture((4, 6, 3), 1.3))),
        (three_maps, three_pull, picture((5, 4, 3)), grams(three_maps, picture((4, 6, 3), 1.3))),
    ):
        value, gradient = student.texture_score(maps, pull, x, targets)
        found += [float(np.asarray(value)), np.asarray(gradient, dtype=float)]
    return found


def probe_textures(student):
    found = []
    for steps, lr in ((0, 0.05), (1, 0.05), (3, 0.1)):
        found.append(
            student.texture_synth(
                mixed_maps, mixed_pull, picture((4, 6, 3), 1.3), picture((5, 4, 3)), steps, lr
            )
        )
    return [np.round(np.asarray(one, float), 5) for one in found]


def probe_argument(student):
    """The image that was passed, as it is after the call."""
    source, x = picture((4, 6, 3), 1.3), picture((5, 4, 3))
    given = (mixed_maps, mixed_pull, source, x, 1, 0.05)
    return arguments_after_call(student, "texture_synth", *given)[1][3]


PROBES = [probe_scores, probe_textures, probe_argument]
