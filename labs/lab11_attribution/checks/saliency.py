"""The visible checks of 11.5."""

import numpy as np

from nablab.checking import check, close, contract

from .oracles import Planted, conv_net, linear_net, wave


def text_net():
    """The net of the text: max(0, x0 − 2 x1 + 2) + x0, for one pixel of two channels."""
    layers = [
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 2},
        {"kind": "ReLU"},
        {"kind": "Dense", "units": 2, "use_bias": False},
    ]
    # the second unit carries x0, which is positive here
    weights = [[[1, 1], [-2, 0]], [2, 0], [[1, 0.5], [1, 0]]]
    return Planted((1, 1, 2), layers, weights)


PIXEL = np.array([3.0, 2.0]).reshape(1, 1, 2)


def norm_net():
    layers = [
        {"kind": "BatchNormalization"},
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 3, "use_bias": False},
    ]
    weights = [[2.0, -1], [0.5, 1], [3.0, 0], [4.0, 9], wave((40, 3), 1.7)]
    return Planted((4, 5, 2), layers, weights)


def compare(student, net, img, cls, says):
    slope = net.slope(np.asarray(img, float), cls)
    handle = net.on(student).handle
    size = np.abs(slope).max()
    close(
        student.saliency(handle, img, cls),
        np.abs(slope).max(axis=-1),
        f"Saliency. {says}",
        rtol=1e-3,
        atol=1e-5 * size,
    )
    close(
        student.gradient_times_input(handle, img, cls),
        (slope * img).sum(axis=-1),
        f"Gradient times input. {says}",
        rtol=1e-3,
        atol=1e-5 * np.abs(slope * img).sum(axis=-1).max(),
    )


@check("contract")
def test_one_number_a_pixel(student):
    """saliency(model, img, cls) returns one number for each pixel"""
    model = linear_net(wave((4, 3, 2, 3))).on(student).handle
    contract(student, "saliency", model, wave((4, 3, 2), 0.9), 1, shape=(4, 3))


@check("contract")
def test_one_product_a_pixel(student):
    """gradient_times_input(model, img, cls) returns one number for each pixel"""
    model = linear_net(wave((4, 3, 2, 3))).on(student).handle
    contract(student, "gradient_times_input", model, wave((4, 3, 2), 0.9), 1, shape=(4, 3))


@check("hand")
def test_the_pixel_of_the_text(student):
    """The pixel (3, 2) of the text: S = 2, G = 2"""
    model = text_net().on(student).handle
    close(student.saliency(model, PIXEL, 0), [[2.0]], "S of the text.", atol=1e-5)
    close(student.gradient_times_input(model, PIXEL, 0), [[2.0]], "G of the text.", atol=1e-5)


@check("probe")
def test_a_linear_net_shows_its_weights(student, rng):
    """For a linear net the saliency is the largest absolute weight, whatever the image"""
    w = rng.normal(size=(5, 4, 3, 2))
    w[0, 0, :, 1] = -2, 1, 0.5
    net = linear_net(w, [3.0, -7])
    for img in (rng.random(size=(5, 4, 3)), -rng.random(size=(5, 4, 3))):
        close(
            student.saliency(net.on(student).handle, img, 1),
            np.abs(w[..., 1]).max(axis=-1),
            "A linear net.",
            rtol=1e-3,
        )


@check("probe")
def test_a_sure_net_has_a_gradient_too(student, rng):
    """The logit is differentiated, not the probability: a net that is quite sure has slopes too"""
    w = 100 * rng.normal(size=(3, 4, 2, 3))
    img = rng.random(size=(3, 4, 2)) + 0.5
    for cls in (0, 1, 2):
        compare(student, linear_net(w), img, cls, f"A net that is quite sure, class {cls}.")


@check("property")
def test_without_biases_the_parts_sum_to_the_logit(student, rng):
    """In a net without biases the gradient times the image adds up to the logit"""
    net = conv_net(rng, bias=False)
    img = rng.normal(size=(7, 9, 2))
    for cls in (1, 4):
        got = np.asarray(student.gradient_times_input(net.on(student).handle, img, cls))
        logit = net(img[None])[0, cls]
        close(
            got.sum(),
            logit,
            f"The sum of the map of class {cls}, against its logit.",
            atol=1e-4 * np.abs(got).sum(),
        )


@check("oracle")
def test_a_net_of_convolutions(student, rng):
    """Both maps of a net with biases and pooling, and of one with batch norm"""
    net = conv_net(rng)
    img = rng.normal(size=(2, 9, 7)).T  # a view
    compare(student, net, img, 3, "A net of convolutions.")
    compare(student, norm_net(), rng.normal(size=(4, 5, 2)), 2, "A net with batch norm.")


def of_nets(student):
    found = []
    for net, img, cls in (
        (linear_net(wave((3, 2, 3, 4), 1.1), [1.0, 2, 3, 4]), wave((3, 2, 3)), 2),
        (conv_net(np.random.default_rng(3)), wave((7, 9, 2), 0.4), 1),
        (norm_net(), wave((4, 5, 2), 0.4), 2),
    ):
        handle = net.on(student).handle
        for name in ("saliency", "gradient_times_input"):
            found.append(np.round(np.asarray(getattr(student, name)(handle, img, cls), float), 4))
    return found


PROBES = [of_nets]
