"""The visible checks of N.4."""

import functools
from importlib.resources import files

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import arguments_after_call

from .oracles import bent, blur, conv_same, flat, linear, normalised, wave

ROW = np.full((1, 4, 1), 0.5)
FIRST = np.array([2.0, 0, 0, 0]).reshape(1, 4, 1)
SHIFTS = np.array([[1, -2], [0, 3], [-1, 1], [4, 0]])


def made(score, x, shifts, lr):
    """The oracle."""
    x = np.array(x, dtype=float)
    for dy, dx in shifts:
        _, g = score(np.roll(x, (dy, dx), axis=(0, 1)))
        g = np.roll(g, (-dy, -dx), axis=(0, 1))
        x = np.clip(blur(x + lr * normalised(g)), 0, 1)
    return x


def right(student, score, x, shifts, lr, says="", given=None):
    close(
        student.class_image(score, x, shifts, lr),
        made(score, x, shifts, lr),
        says,
        given=given,
        atol=2e-5,
        constant=True,
    )


@functools.cache
def _weights(seed):
    with np.load(str(files("nablab.data") / f"shapes_net_{seed}.npz")) as stored:
        return {name: np.asarray(stored[name], dtype=float) for name in stored.files}


def probabilities(x, seed):
    """What the net of the shapes says of an image (32, 32, 3), computed in NumPy."""
    w, h = _weights(seed), np.asarray(x, dtype=float)
    for k in range(1, 5):
        gamma, beta, mean, var = (w[f"norm{k}/{i}"] for i in range(4))
        h = (conv_same(h, w[f"conv{k}/0"]) - mean) / np.sqrt(var + 1e-3) * gamma + beta
        h = np.maximum(h, 0)
        if k < 4:
            H, W, C = h.shape
            h = h.reshape(H // 2, 2, W // 2, 2, C).max(axis=(1, 3))
    logits = h.mean(axis=(0, 1)) @ w["logits/0"] + w["logits/1"]
    p = np.exp(logits - logits.max())
    return p / p.sum()


@check("contract")
def test_an_image_from_0_to_1(student):
    """class_image returns an array of the image's shape, and leaves image and shifts alone"""
    x = wave((5, 6, 3)) / 4 + 0.5
    contract(student, "class_image", bent, x, SHIFTS, 0.3, shape=(5, 6, 3), array=True)


@check("hand")
def test_the_step_of_the_text(student):
    """A grey row of four pixels, a shift by one: .7, .5, .7, .9"""
    close(
        student.class_image(linear(FIRST), ROW, [(0, 1)], 0.4),
        np.array([0.7, 0.5, 0.7, 0.9]).reshape(1, 4, 1),
        given={"x": ROW, "shifts": [(0, 1)]},
    )


@check("probe")
def test_one_step_without_a_shift(student):
    """One step without a shift: normalised gradient, blur, then clipping"""
    x = wave((4, 5, 2), 0.9) / 3 + 0.5
    right(student, bent, x, [(0, 0)], 0.2, "lr is .2.")
    right(student, bent, x, [(0, 0)], 3.0, "lr is 3, so that most pixels are clipped.")
    right(student, flat, x, [(0, 0)], 0.2, "The gradient is 0: the image is blurred only.")


@check("probe")
def test_down_and_to_the_right(student):
    """The first number of a shift is rows down, the second columns to the right"""
    x = wave((6, 7, 1), 0.9) / 3 + 0.5
    right(student, bent, x, [(2, 0)], 0.2, "A shift by 2 rows down.")
    right(student, bent, x, [(0, -3)], 0.2, "A shift by 3 columns to the left.")


@check("probe")
def test_no_shifts_no_steps(student):
    """Without any shift there is no step, and the image stays as it is"""
    x = wave((3, 4, 2)) / 4 + 0.5
    right(student, bent, x, np.zeros((0, 2), int), 0.3)


@check("oracle")
def test_several_steps(student, rng):
    """Several steps with drawn shifts, as array and as list; images in any order in memory"""
    for shape in ((7, 5, 3), (4, 9, 1)):
        x = rng.random(size=shape[::-1]).T
        shifts = rng.integers(-4, 5, size=(4, 2))
        right(student, bent, x, shifts, 0.15, f"An image {shape}.")
        right(student, bent, x, [tuple(map(int, s)) for s in shifts], 0.3, "A list of shifts.")
    right(
        student, bent, rng.integers(0, 2, size=(3, 5, 2)), [(0, 1), (2, 0)], 0.2, "Whole numbers."
    )


@check()
def test_a_second_net_recognises_the_triangle(student, rng):
    """The triangle that you climb to in the net is one for a second net as well"""
    x = np.clip(0.5 + 0.1 * np.random.default_rng(2).normal(size=(32, 32, 3)), 0, 1)
    shifts = np.random.default_rng(3).integers(-4, 5, size=(40, 2))
    img = as_numbers(student.class_image(student.class_score(2), x, shifts, 0.1))
    holds(img.shape == x.shape, f"The image has the shape {img.shape}, expected {x.shape}.")
    for seed, name in ((0, "The net itself"), (1, "The second net")):
        p = probabilities(img, seed)[2]
        holds(p > 0.5, f"{name} gives your triangle the probability {p:.2f}.", got=img)


def probe_argument(student):
    """The image that was passed, as it is after the call."""
    x = wave((3, 2, 2)) / 4 + 0.5
    return arguments_after_call(student, "class_image", bent, x, SHIFTS, 0.5)[1][1]


def probe_images(student):
    x = wave((6, 5, 2), 0.9) / 3 + 0.5
    found = [
        student.class_image(score, x, shifts, lr)
        for score, shifts, lr in (
            (bent, SHIFTS, 0.2),
            (bent, [(0, 0)], 3.0),
            (flat, [(0, 0), (1, 1)], 0.2),
            (bent, [(2, -1)], 0.1),
            (bent, SHIFTS, 2.0),
            (linear(1e-8 * wave((6, 5, 2))), [(1, 2)], 0.2),
        )
    ]
    found.append(student.class_image(linear(FIRST), ROW, [(0, 1)], 0.4))
    whole = np.array([[0, 1, 1], [1, 0, 0]]).reshape(2, 3, 1)
    found.append(student.class_image(bent, whole, [(0, 1)], 0.4))
    return [np.round(np.asarray(one, float), 6) for one in found]


PROBES = [probe_images, probe_argument]
