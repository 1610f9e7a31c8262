"""The visible checks of 7.6."""

import numpy as np

from nablab.checking import check, close, equal, holds, models, once
from nablab.checking.expect import declared_parameters
from nablab.sandbox.student import parameters

from .oracles import block, convolutions, kept, named

NETWORKS = ("build_resnet", "build_plain")


def network(student, name, n, base):
    """One of the student's networks, with the right input and output. It is built once for all
    checks: a check that changes it changes it back."""
    of = (name, n, base)
    net = kept(student, of, lambda: models.model(once(student, *of)), False)
    for what, got, right in (
        ("input", net.input_shape, (None, 20, 20, 1)),
        ("output", net.output_shape, (None, 10)),
    ):
        holds(
            isinstance(got, (tuple, list)) and tuple(got) == right,
            f"{name}({n}, {base}) has the {what} shape {got}, expected {right}.",
            got=got,
            expected=right,
        )
    return net


def networks(student, n, base):
    """The student's two networks."""
    return [network(student, name, n, base) for name in NETWORKS]


def own_blocks(student, n, base):
    """How many parameters build_resnet trains with the student's own blocks, right or wrong."""
    own, channels = 11 * base + 40 * base + 10, base
    for stage in range(3):
        for number in range(n):
            filters, stride = base * 2**stage, 2 if stage and not number else 1
            net = block(student, (8, 8, channels), filters, stride)
            own, channels = own + net.trainable, filters
    return own


def thick(net):
    """(filters, stride) of its 3×3 convolutions, in order."""
    return [(conv[1], conv[2][0]) for conv in convolutions(net) if conv[0] == (3, 3)]


def right_convolutions(n, base):
    found = [(base, 1)]
    for stage in range(3):
        for number in range(2 * n):
            found.append((base * 2**stage, 2 if stage and number == 0 else 1))
    return found


def logits_around(net, x):
    """The logits when all kernels are positive, so that no ReLU stops anything, and all 3×3 kernels
    after the first are 0: what comes through then comes through shortcuts."""
    fresh, weights = net.get_weights(), net.get_weights()
    kernels = [i for i, weight in enumerate(net.weights) if len(weight.shape) == 4]
    thick = [i for i in kernels if net.weights[i].shape[:2] == (3, 3)]
    for i in kernels:
        weights[i] = np.abs(weights[i]) * (i not in thick[1:])
    net.set_weights(weights)
    logits = net(x)
    net.set_weights(fresh)
    return logits


@check("contract")
def test_two_models_from_images_to_ten_numbers(student):
    """Both functions return a Keras model from (20, 20, 1) to 10 numbers"""
    for name in NETWORKS:
        found, wanted = parameters(student, name), declared_parameters(student, name)
        holds(
            wanted is None or found[:2] == tuple(wanted),
            f"{name} takes ({', '.join(found)}); the exercise asks for (n, base).",
        )
    networks(student, 1, 8)


@check("hand")
def test_the_parameters_of_the_two_networks(student):
    """For n = 1 and base 8 the networks train 19,074 (plain) and 19,810 (residual) parameters"""
    resnet, plain = networks(student, 1, 8)
    equal(plain.trainable, 19_074, "build_plain(1, 8):")
    if resnet.trainable != own_blocks(student, 1, 8):
        equal(resnet.trainable, 19_810, "build_resnet(1, 8):")


@check("probe")
def test_the_convolutions_one_by_one(student):
    """In both networks the 3×3 convolutions have the filters and strides of the three stages"""
    right = right_convolutions(3, 2)
    for name, net in zip(NETWORKS, networks(student, 3, 2), strict=True):
        found = thick(net)
        holds(
            found == right,
            f"{name}(3, 2): its 3×3 convolutions have (filters, stride) {found}, expected {right}.",
            got=found,
            expected=right,
        )


@check("probe")
def test_logits_and_no_softmax(student, rng):
    """The ten numbers are logits: they do not sum to 1"""
    x = rng.random((5, 20, 20, 1)).astype("float32")
    for name, net in zip(NETWORKS, networks(student, 1, 8), strict=True):
        holds(
            not any("Max" in kind for kind in net.kinds),
            f"{name}: one of the layers takes a maximum. At the end take the mean of each channel.",
        )
        weights = net.get_weights()
        places = [i for i, weight in enumerate(net.weights) if weight.shape == (10,)]
        holds(len(places) == 1, f"{name}: the last layer should be dense, with a bias.")
        bias = np.linspace(-7, 4, 10)
        weights[places[0]] = bias
        net.set_weights(weights)
        shifted = net(x) - bias
        weights[places[0]] = 0 * bias
        net.set_weights(weights)
        close(
            shifted,
            net(x),
            f"{name}: a bias b in the last layer should add b to the output.",
            rtol=1e-3,
            atol=1e-4,
            constant=True,
        )


@check()
def test_a_way_around_in_one_of_them(student, rng):
    """If all 3×3 kernels after the first are 0, the image passes only through shortcuts"""
    x = rng.random((3, 20, 20, 1)).astype("float32")
    for name, net in zip(NETWORKS, networks(student, 1, 8), strict=True):
        logits = logits_around(net, x)
        moves = float(np.abs(logits - logits[:1]).max())
        if name == "build_resnet":
            holds(moves > 1e-4, f"{name}: no image passes through. Where are the shortcuts?")
        else:
            holds(moves < 1e-6, f"{name}: an image passes through. Is there still a shortcut?")


@check()
def test_a_fresh_plain_network_hears_its_input(student, rng):
    """In a fresh plain network every γ is 1, so that the input comes through"""
    _, plain = networks(student, 3, 2)
    values = plain.get_weights()
    gammas = [values[i] for i in named(plain, "gamma")]
    equal(len(gammas), 19, "build_plain(3, 2): the number of norms, one after each convolution.")
    holds(
        all((gamma == 1).all() for gamma in gammas),
        "A γ of build_plain does not start at 1.",
    )


def probe_networks(student):
    """What the two networks are made of."""
    told = []
    for name, n in (("build_resnet", 3), ("build_plain", 1)):
        net = models.model(getattr(student, name)(n, 3))
        gammas = [
            float(value[0])
            for weight, value in zip(net.weights, net.get_weights(), strict=True)
            if weight.path.endswith("gamma")
        ]
        last = net.layers[-1].get("activation", "")
        told.append([net.trainable, convolutions(net), sorted(net.kinds), gammas, last])
    return told


PROBES = [probe_networks]
