"""The visible checks of N.5."""

import numpy as np

from nablab.checking import Mismatch, check, close, contract, equal, holds
from nablab.checking.expect import as_numbers, show
from nablab.sandbox.student import arguments_after_call, parameters

from .oracles import bent, flat, normalised, resize, wave

PIXEL = np.full((1, 1, 1), 0.5)


def uniform(x):
    """A score with the gradient 1 everywhere."""
    return float(np.sum(x)), np.ones(np.shape(x))


def dreamt(score, img, shapes, steps, lr):
    """The oracle."""
    detail = None
    for shape in shapes:
        base = resize(img, shape)
        dream = base if detail is None else base + resize(detail, shape)
        for _ in range(steps):
            dream = np.clip(dream + lr * normalised(score(dream)[1]), 0, 1)
        detail = dream - base
    return dream


def sizes(student, H, W, n, factor, expected):
    got = student.octave_shapes(H, W, n, factor)
    if not isinstance(got, (list, tuple, np.ndarray)) or len(got) != n:
        raise Mismatch(
            f"octave_shapes should return a list of {n} pairs; it returned {show(got)}.", got=got
        )
    for one, pair in zip(got, expected, strict=True):
        two = isinstance(one, (list, tuple, np.ndarray)) and len(one) == 2
        holds(two, f"Each octave is a pair (rows, columns); you have {show(one)}.", got=got)
        for number, exact in zip(one, pair, strict=True):
            equal(
                number, exact,
                f"H = {H}, W = {W}, n = {n}, factor {factor}, whole numbers, expected "
                f"{', '.join(map(str, expected))}.",
            )  # fmt: skip


def right(student, score, img, shapes, steps, lr, says="", given=None):
    close(
        student.deepdream(score, img, shapes, steps, lr),
        dreamt(score, img, shapes, steps, lr),
        says or f"Octaves {shapes}, {steps} steps.",
        given=given,
        atol=2e-5,
        constant=True,
    )


@check("contract")
def test_a_list_of_pairs(student):
    """octave_shapes returns a list of pairs of whole numbers, the smallest first"""
    equal(parameters(student, "octave_shapes")[:4], ("H", "W", "n", "factor"))
    sizes(student, 64, 48, 1, 2, [(64, 48)])


@check("contract")
def test_a_dream_of_the_last_size(student):
    """deepdream returns an array of the last size, and leaves the photo alone"""
    img = wave((6, 8, 3)) / 3 + 0.5
    shapes = [(3, 4), (6, 8)]
    contract(student, "deepdream", bent, img, shapes, 2, 0.1, shape=(6, 8, 3), array=True)


@check("hand")
def test_the_octaves_of_the_text(student):
    """60 × 90 in three octaves of factor 1.5: (27, 40), (40, 60), (60, 90)"""
    sizes(student, 60, 90, 3, 1.5, [(27, 40), (40, 60), (60, 90)])


@check("hand")
def test_the_pixel_of_the_text(student):
    """A pixel of .5 becomes .6, and two pixels of .7"""
    close(student.deepdream(uniform, PIXEL, [(1, 1)], 1, 0.1), PIXEL + 0.1, "One octave.")
    close(
        student.deepdream(uniform, PIXEL, [(1, 1), (1, 2)], 1, 0.1),
        np.full((1, 2, 1), 0.7),
        "Two octaves, (1, 1) and (1, 2).",
        constant=True,
    )


@check("probe")
def test_one_octave(student):
    """One octave is plain ascent from the resized photo, clipped after each step"""
    img = wave((5, 6, 2), 0.9) / 3 + 0.5
    right(student, bent, img, [(5, 6)], 3, 0.1, "Small steps.")
    right(student, bent, img, [(5, 6)], 3, 0.8, "Steps so large that most pixels are clipped.")
    right(student, bent, img, [(4, 9)], 2, 0.1, "The only size is not that of the photo.")


@check("probe")
def test_without_a_gradient_the_photo_comes_back(student):
    """Without a gradient, or without steps, the photo comes back as sharp as it was"""
    img = np.clip(wave((6, 9, 2), 1.9) / 2 + 0.5, 0, 1)
    shapes = [(2, 3), (4, 6), (6, 9)]
    right(student, flat, img, shapes, 2, 0.1, "The gradient is 0 everywhere.")
    right(student, bent, img, shapes, 0, 0.1, "No steps.")


@check("oracle")
def test_several_octaves(student, rng):
    """Several octaves of drawn photos, in any order in memory, sizes in any order"""
    for shapes in (
        [(3, 4), (5, 6), (7, 9)],
        [(7, 9), (4, 5), (6, 11)],
        [(3, 3), (3, 3)],
    ):
        img = rng.random(size=(3, 9, 7)).T
        right(student, bent, img, shapes, 2, 0.15)


@check()
def test_octaves_of_any_photo(student, rng):
    """Octaves of other sizes, factors and numbers"""
    sizes(student, 90, 70, 4, 1.3, [(41, 32), (53, 41), (69, 54), (90, 70)])
    sizes(student, 33, 47, 2, 1.4, [(24, 34), (33, 47)])


@check()
def test_the_layer_says_more_of_the_dream(student, rng):
    """A dream of the second layer excites that layer more than the photo does"""
    img = resize(wave((16, 24, 3), 0.31) / 6 + 0.5, (32, 48))
    score = student.layer_score("relu2")
    before = float(score(img)[0])
    dream = as_numbers(student.deepdream(score, img, [(16, 24), (32, 48)], 4, 0.05))
    holds(
        dream.shape == img.shape and dream.min() >= 0 and dream.max() <= 1,
        "The dream should be an image of the last size, from 0 to 1.",
        got=dream,
    )
    after = float(score(dream)[0])
    holds(after > 1.5 * before, f"Its score goes from {before:.3f} to {after:.3f} only.")


def of_small_images(x):
    """A score that has a gradient only where the image has fewer than five rows."""
    return bent(x) if np.shape(x)[0] < 5 else flat(x)


def probe_sizes(student):
    found = []
    for given in ((90, 70, 4, 1.3), (60, 90, 3, 1.5), (33, 47, 2, 1.4), (40, 30, 1, 3)):
        found.append([[float(v) for v in pair] for pair in student.octave_shapes(*given)])
    return found


def probe_dreams(student):
    img = wave((6, 8, 2), 0.9) / 3 + 0.5
    found = [
        student.deepdream(score, photo, shapes, steps, lr)
        for score, photo, shapes, steps, lr in (
            (bent, img, [(3, 4), (5, 6), (6, 8)], 2, 0.1),
            (bent, img, [(6, 8)], 2, 0.9),
            (bent, img, [(4, 9)], 1, 0.1),
            (bent, img, [(6, 8), (3, 5), (4, 7)], 2, 0.1),
            (of_small_images, img, [(3, 4), (6, 8)], 1, 0.1),
            (flat, img, [(2, 3), (6, 8)], 1, 0.1),
            (uniform, PIXEL, [(1, 1), (1, 2)], 1, 0.1),
        )
    ]
    return [np.round(np.asarray(one, float), 6) for one in found]


def probe_argument(student):
    """The photo that was passed, as it is after the call."""
    img = wave((3, 2, 2)) / 4 + 0.5
    return arguments_after_call(student, "deepdream", bent, img, [(2, 2), (3, 2)], 1, 0.5)[1][1]


PROBES = [probe_sizes, probe_dreams, probe_argument]
