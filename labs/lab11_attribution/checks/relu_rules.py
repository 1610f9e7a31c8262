"""The visible checks of 11.6."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.attribution import relu_rule

from .oracles import Planted, conv_net, wave

RULES = ("grad", "deconv", "guided")
X = np.array([[2.0, 2, -2, -2]])
DOUT = np.array([[5.0, -5, 5, -5]])
TABLE = {"grad": [[5, -5, 0, 0]], "deconv": [[5, 0, 5, 0]], "guided": [[5, 0, 0, 0]]}


def two_layers():
    """Two ReLU layers of one pixel with two channels, whose three maps can be done on paper."""
    layers = [
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 3, "use_bias": False},
        {"kind": "ReLU"},
        {"kind": "Dense", "units": 2, "use_bias": False},
        {"kind": "ReLU"},
        {"kind": "Dense", "units": 2, "use_bias": False},
    ]
    weights = [
        [[1, -1, 2], [1, 1, -3]],
        [[1, -1], [2, 1], [-2, 1]],
        [[2, -1], [3, 1]],
    ]
    return Planted((1, 1, 2), layers, weights)


def with_norm(rng):
    """A net with batch normalization between convolution and ReLU, as the lab's."""
    layers = [
        {"kind": "Conv2D", "filters": 3, "kernel_size": 3, "padding": "same", "use_bias": False},
        {"kind": "BatchNormalization"},
        {"kind": "ReLU"},
        {"kind": "GlobalAveragePooling2D"},
        {"kind": "Dense", "units": 4},
    ]
    weights = [
        rng.normal(size=(3, 3, 2, 3)),
        *(rng.normal(size=3), rng.normal(size=3), rng.normal(size=3), 0.5 + rng.random(size=3)),
        *(rng.normal(size=(3, 4)), rng.normal(size=4)),
    ]
    return Planted((5, 6, 2), layers, weights)


def compare(student, net, img, cls, says):
    handle = net.on(student).handle
    for rule in RULES:
        expected = net.slope(np.asarray(img, float), cls, rule)
        close(
            student.rule_map(handle, img, cls, rule),
            expected,
            f'Rule "{rule}". {says}',
            rtol=1e-3,
            atol=1e-5 * np.abs(net.slope(np.asarray(img, float), cls)).max() + 1e-9,
            constant=True,
        )


@check("contract")
def test_what_goes_back(student):
    """relu_rules(dout, x, rule) returns a NumPy array of the shape of x"""
    for rule in RULES:
        contract(
            student,
            "relu_rules",
            wave((2, 3, 4)),
            wave((2, 3, 4), 1.3),
            rule,
            shape=(2, 3, 4),
            array=True,
        )


@check("contract")
def test_a_map_of_all_channels(student):
    """rule_map(model, img, cls, rule) returns an array (H, W, C)"""
    net = conv_net(np.random.default_rng(1))
    contract(
        student, "rule_map", net.on(student).handle, wave((7, 9, 2)), 1, "guided", shape=(7, 9, 2)
    )


@check("hand")
def test_the_table_of_the_text(student):
    """The four cases of the table, by each rule"""
    for rule in RULES:
        close(
            student.relu_rules(DOUT, X, rule),
            TABLE[rule],
            f'Rule "{rule}".',
            given={"dout": DOUT, "x": X},
            atol=1e-9,
        )


@check("hand")
def test_two_layers_on_paper(student):
    """Two layers with small whole numbers, by each rule"""
    net, img = two_layers(), np.array([2.0, 1.0]).reshape(1, 1, 2)
    for rule, expected in (("grad", [-6, 14]), ("deconv", [-7, 7]), ("guided", [2, 2])):
        close(
            student.rule_map(net.on(student).handle, img, 0, rule)[0, 0],
            expected,
            f'Rule "{rule}". The image is the pixel (2, 1).',
            atol=1e-5,
            constant=True,
        )


@check("probe")
def test_nothing_passes_at_zero(student):
    """At x = 0 nothing passes in "grad" and "guided"; "deconv" does not look at x"""
    x, dout = np.zeros((3, 2)), np.array([[1.0, -2], [3, 0], [-5, 4]])
    for rule in RULES:
        close(
            student.relu_rules(dout, x, rule),
            relu_rule(dout, x, rule),
            f'Rule "{rule}".',
            atol=1e-9,
            constant=True,
        )


@check("property")
def test_grad_is_the_gradient(student, rng):
    """With the rule "grad" the map is the ordinary gradient of the logit"""
    net = conv_net(rng)
    img = rng.normal(size=(7, 9, 2))
    expected = net.slope(img, 3)
    close(
        student.rule_map(net.on(student).handle, img, 3, "grad"),
        expected,
        rtol=1e-3,
        atol=1e-5 * np.abs(expected).max(),
    )


@check("oracle")
def test_nets_by_each_rule(student, rng):
    """Nets with pooling, with biases and with batch norm, by each rule"""
    compare(student, conv_net(rng), rng.normal(size=(2, 9, 7)).T, 2, "A net with pooling.")
    compare(student, with_norm(rng), rng.normal(size=(5, 6, 2)), 3, "A net with batch norm.")


def of_arrays(student):
    return [
        np.round(np.asarray(student.relu_rules(d, x, rule), float), 4)
        for rule in RULES
        for d, x in (
            (DOUT, X),
            (wave((3, 5)), wave((3, 5), 1.9)),
            (np.array([1.0, -2.0]), np.zeros(2)),
        )
    ]


def of_nets(student):
    found = []
    for net, img, cls in (
        (conv_net(np.random.default_rng(3)), wave((7, 9, 2), 0.4), 1),
        (with_norm(np.random.default_rng(4)), wave((5, 6, 2)), 2),
    ):
        handle = net.on(student).handle
        for rule in RULES:
            found.append(np.round(np.asarray(student.rule_map(handle, img, cls, rule), float), 4))
    return found


PROBES = [of_arrays, of_nets]
