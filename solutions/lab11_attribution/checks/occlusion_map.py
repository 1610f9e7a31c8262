"""The visible checks of N.4.

The mean energy ratio of the drops of 6 images, by the trained net, windows of 6×6 pixels in steps
of 4: the smallest, mean and largest on 20 draws of the images, by `measure_thresholds.py`.

    filled with the mean    4.00  4.41  4.91
    filled with black       2.35  2.67  3.22
"""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.data.shapes import shapes
from nablab.reference.attribution import energy_ratio

from .oracles import Planted, conv_net, linear_net, shapes_net, wave

ENERGY = 3.5  # the hidden check asks for 95 % of it
ROW = np.array([5.0, 1.0, 2.0]).reshape(1, 3, 1)
WEIGHTS = np.array([[2.0, 0], [-1, 0], [3, 1]]).reshape(1, 3, 1, 2)


def map_of(net, img, cls, size, stride, fill):
    img = np.asarray(img, dtype=float)
    H, W, _ = img.shape
    colour = img.mean(axis=(0, 1)) if isinstance(fill, str) else fill
    places = [
        (r, c) for r in range(0, H - size + 1, stride) for c in range(0, W - size + 1, stride)
    ]
    covered = np.stack([img] * len(places))
    for one, (r, c) in zip(covered, places, strict=True):
        one[r : r + size, c : c + size] = colour
    drops = net(img[None])[0, cls] - net(covered)[:, cls]
    return drops.reshape((H - size) // stride + 1, (W - size) // stride + 1)


def spread(drops, size, stride, shape):
    """The mean drop of all windows over each pixel; 0 where there is none."""
    total, times = np.zeros(shape), np.zeros(shape)
    for (a, b), drop in np.ndenumerate(drops):
        there = np.s_[a * stride : a * stride + size, b * stride : b * stride + size]
        total[there] += drop
        times[there] += 1
    return total / np.maximum(times, 1)


def compare(student, net, img, cls, size, stride, fill, says):
    close(
        student.occlusion_map(net.on(student).handle, img, cls, size, stride, fill),
        map_of(net, img, cls, size, stride, fill),
        says,
        given={"size": size, "stride": stride, "fill": fill},
        rtol=1e-3,
        atol=3e-5 * np.abs(net(np.asarray(img, dtype=float)[None])).max() + 1e-6,
        constant=True,
    )


@check("contract")
def test_a_map_of_drops(student):
    """occlusion_map returns one number for each place, and leaves the image as it is"""
    net = linear_net(wave((5, 8, 2, 3)))
    img = wave((5, 8, 2), 0.9)
    contract(student, "occlusion_map", net.on(student).handle, img, 1, 3, 2, 0.5, shape=(2, 3))
    contract(student, "occlusion_map", net.on(student).handle, img, 1, 2, 1, "mean", shape=(4, 7))


@check("hand")
def test_the_row_of_the_text(student):
    """The row 5, 1, 2 of the text, filled with 0 and with its mean"""
    model = linear_net(WEIGHTS).on(student).handle
    close(student.occlusion_map(model, ROW, 0, 1, 1, 0), [[10, -1, 6]], "The fill is 0.", atol=1e-4)
    close(
        student.occlusion_map(model, ROW, 0, 1, 1, "mean"),
        [[14 / 3, 5 / 3, -2]],
        "The fill is the mean, 8/3.",
        atol=1e-4,
    )


@check("probe")
def test_each_channel_has_its_mean(student, rng):
    """With "mean" each channel is filled with its own mean, over the whole image"""
    w, img = rng.normal(size=(4, 5, 3, 2)), rng.random(size=(4, 5, 3)) + [0, 4, 20]
    net = linear_net(w)
    compare(student, net, img, 1, 2, 1, "mean", "The three channels have very different means.")


@check("probe")
def test_where_the_window_stands(student, rng):
    """The window starts in the corner and moves by the stride, and never leaves the image"""
    w, img = rng.normal(size=(7, 10, 1, 2)), rng.normal(size=(7, 10, 1))
    for size, stride in ((3, 2), (2, 3), (4, 5), (7, 1)):
        compare(student, linear_net(w), img, 0, size, stride, 0.3, f"Size {size}, stride {stride}.")


@check("probe")
def test_the_class_that_is_asked_for(student, rng):
    """The map is that of the class that is asked for, also if it is not the likeliest, in logits"""
    w, img = 30 * rng.normal(size=(3, 4, 1, 4)), rng.random(size=(3, 4, 1))
    for cls in (0, 3):
        compare(student, linear_net(w, [5, 1, -3, 9]), img, cls, 2, 1, 0.1, f"Class {cls}.")


@check("oracle")
def test_a_net_of_convolutions(student, rng):
    """Small nets, with a number and with the mean as fill; batch norm uses what it has stored"""
    net = conv_net(rng, shape=(7, 9, 2))
    img = rng.random(size=(2, 9, 7)).T  # a view
    for size, stride, fill in ((3, 2, "mean"), (2, 3, 0.0), (4, 1, 0.7)):
        compare(student, net, img, 2, size, stride, fill, f"Fill {fill}.")
    img = rng.normal(size=(4, 5, 1))
    compare(student, norm_net(), img, 0, 2, 1, "mean", "A net with batch norm.")


def energy(student, seed, fill, n=6):
    """The mean energy ratio of the student's maps of n images, by the trained net."""
    x, y, masks = shapes(n, seed=seed)
    model = shapes_net(student).handle
    found = []
    for img, cls, mask in zip(x, y, masks, strict=True):
        drops = np.asarray(student.occlusion_map(model, img, int(cls), 6, 4, fill), dtype=float)
        found.append(energy_ratio(spread(drops, 6, 4, mask.shape), mask))
    return float(np.mean(found))


@check("property")
def test_the_trained_net_looks_at_the_object(student):
    """With the trained net and the mean as fill, the drops lie on the object"""
    found = energy(student, 3, "mean")
    holds(
        found > ENERGY,
        f"The energy ratio of your maps is {found:.2f} on average, expected above {ENERGY}. What "
        "the logit loses should be lost where the object is.",
        got=found,
    )


def of_a_linear_net(student):
    net = linear_net(10 * wave((4, 6, 2, 3), 1.1), [1.0, 2, 3])
    img = wave((4, 6, 2), 0.9) + np.array([0.3, 2.0])
    model = net.on(student).handle
    return [
        np.round(np.asarray(student.occlusion_map(model, img, 2, *how), float), 3)
        for how in ((2, 1, 0.25), (2, 1, "mean"), (3, 2, 0.0), (1, 3, 1.0))
    ]


def of_a_net(student):
    net = conv_net(np.random.default_rng(3), shape=(6, 7, 2))
    model, img = net.on(student).handle, wave((6, 7, 2)) + 0.5
    return np.round(np.asarray(student.occlusion_map(model, img, 1, 2, 2, "mean"), float), 4)


def of_a_net_that_trains(student):
    return np.round(
        np.asarray(
            student.occlusion_map(norm_net().on(student).handle, wave((4, 5, 1)), 1, 2, 1, 0.2),
            float,
        ),
        3,
    )


def norm_net():
    """A linear net with batch normalization, whose stored statistics are not those of a batch."""
    layers = [
        {"kind": "BatchNormalization"},
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 2, "use_bias": False},
    ]
    weights = [[2.0], [0.5], [3.0], [4.0], wave((20, 2), 1.7)]
    return Planted((4, 5, 1), layers, weights)


PROBES = [of_a_linear_net, of_a_net, of_a_net_that_trains]
