"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, contract, holds
from nablab.sandbox.student import arguments_after_call

from .oracles import case, logits, losses, net, normalised_case, same, untouched, within

THREE = np.array([0.5, 0.95, 0.3]).reshape(1, 3, 1)
SLOPES = np.array([0.4, 6.0, -0.02])  # twice those of the text: the other class has probability ½


def of_the_text(student):
    """A net of two classes whose loss has the slopes of the text at the pixels of the text."""
    W = np.stack([0 * SLOPES, SLOPES], axis=1)
    return net(student, (3, 1), [W, np.array([0, -THREE.ravel() @ SLOPES])])


@check("contract")
def test_images_of_the_same_shape(student):
    """fgsm returns an array with the shape of the images, and leaves the images as they are"""
    x, y, weights, _ = case(np.random.default_rng(3), (2, 5, 3, 1), 4)
    model = net(student, (5, 3, 1), weights)
    contract(student, "fgsm", model.handle, x, y, 0.1, shape=x.shape, array=True)


@check("hand")
def test_the_three_pixels_of_the_text(student):
    """The three pixels of the text become 0.6, 1 and 0.2"""
    got = student.fgsm(of_the_text(student).handle, THREE, np.array([0]), 0.1)
    same(got, np.array([0.6, 1, 0.2]).reshape(1, 3, 1), x=THREE)


@check("probe")
def test_a_pixel_without_a_slope_stays(student):
    """A pixel without a slope stays, and a steep one moves as far as a flat one"""
    W = np.array([[0, 1.0], [0, 0], [0, -50], [0, 1e-4]])
    x = np.array([[0.5, 0.4, 0.3, 0.6]])
    got = student.fgsm(net(student, (4,), [W, np.array([0, 15.0])]).handle, x, np.array([0]), 0.2)
    same(got, [[0.7, 0.4, 0.1, 0.8]], "Slopes in the proportion 1 to 0 to −50 to 0.0001.", x)


@check("probe")
def test_away_from_the_right_label(student, rng):
    """The step leads away from the label that is given, also if the model reads another one"""
    while True:
        x, y, weights, expected = case(rng, (6, 5), 3)
        if np.mean(logits(x, weights).argmax(1) == y) < 0.6:
            break
    got = student.fgsm(net(student, (5,), weights).handle, x, y, 0.1)
    same(got, expected, "Images that the model reads wrong are among them.", x)


@check("probe")
def test_the_model_is_used_and_not_changed(student, rng):
    """A net with batch normalization and dropout runs in inference mode, and stays as it is"""
    x, y, model, expected = normalised_case(rng, student, (7, 3, 2, 1), 3, 0.15, 0.15, 1)
    before = model.get_weights()
    same(student.fgsm(model.handle, x, y, 0.15), expected, "In inference mode:", x)
    untouched(model, before, "fgsm")


@check()
def test_within_eps_and_between_paper_and_ink(student, rng):
    """No pixel changes by more than eps or leaves the range from 0 to 1, and the loss rises"""
    x, y, weights, _ = case(rng, (11, 4, 3, 2), 5, hidden=7, eps=0.02)
    made = within(student.fgsm(net(student, (4, 3, 2), weights).handle, x, y, 0.02), x, 0.02)
    before, after = losses(x, y, weights), losses(made, y, weights)
    holds(
        np.mean(after) > np.mean(before),
        f"The mean loss was {np.mean(before):.4f} and is now {np.mean(after):.4f}: it should rise.",
    )


@check("oracle")
def test_nets_of_one_and_two_layers(student, rng):
    """Linear nets and nets with a hidden layer, images of any shape, several eps"""
    for shape, classes, hidden, eps in (
        ((5, 7, 2, 3), 4, 0, 0.1),
        ((3, 4, 5, 1), 3, 11, 0.3),
        ((1, 13), 2, 5, 0.07),
    ):
        x, y, weights, expected = case(rng, shape, classes, hidden, eps, eps)
        got = student.fgsm(net(student, shape[1:], weights).handle, x, y, eps)
        same(got, expected, f"Images {shape}, {classes} classes, eps {eps}.", x)


def probe_nets(student):
    found = []
    rng = np.random.default_rng(8)
    for shape, hidden in (((4, 3, 2, 1), 0), ((3, 2, 5, 1), 6)):
        x, y, weights, _ = case(rng, shape, 3, hidden, 0.2, 0.2)
        found.append(student.fgsm(net(student, shape[1:], weights).handle, x, y, 0.2))
    return [np.round(np.asarray(made, dtype=float), 5) for made in found]


def probe_flat(student):
    W = np.array([[0, 1.0], [0, 0], [0, -2.0]])
    model = net(student, (3,), [W, np.zeros(2)])
    return student.fgsm(model.handle, np.array([[0.5, 0.4, 0.03]]), np.array([0]), 0.2)


def probe_normalised(student):
    """In inference mode, and what is left of the images and of the model."""
    x, y, model, _ = normalised_case(
        np.random.default_rng(5), student, (5, 3, 2, 1), 3, 0.15, 0.15, 1
    )
    before = model.get_weights()
    made, after = arguments_after_call(student, "fgsm", model.handle, x, y, 0.15)
    changed = [bool(np.any(a != b)) for a, b in zip(before, model.get_weights(), strict=True)]
    return [np.round(np.asarray(made, dtype=float), 5), np.asarray(after[1]), changed]


PROBES = [probe_nets, probe_flat, probe_normalised]
