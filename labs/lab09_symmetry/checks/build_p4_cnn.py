"""The visible checks of 9.6."""

import numpy as np

from nablab.checking import check, close, contract, equal, holds, models
from nablab.checking.expect import as_numbers
from nablab.reference.group import p4_conv, p4_lift
from nablab.sandbox.student import parameters

from .oracles import wave


def shapes_of(channels, filters, n_classes):
    """The eight arrays of weights, in the order of the table; weights first, then biases."""
    return [
        (3, 3, channels, filters),
        (filters,),
        (3, 3, 4, filters, filters),
        (filters,),
        (3, 3, 4, filters, 2 * filters),
        (2 * filters,),
        (2 * filters, n_classes),
        (n_classes,),
    ]


def logits(x, weights):
    """The classifier of the table, by the reference's layers."""
    w1, b1, w2, b2, w3, b3, w4, b4 = weights
    h = np.maximum(p4_lift(x, w1, b1), 0)
    h = np.maximum(p4_conv(h, w2, b2), 0)
    h = np.maximum(p4_conv(h, w3, b3), 0)
    return h.max(axis=3).mean(axis=(1, 2)) @ w4 + b4


def net_of(student, shape, filters, n_classes):
    """The student's net, checked to take such images and to give such logits."""
    net = models.model(student.build_p4_cnn(shape, filters, n_classes))
    holds(
        net.input_shape is not None,
        "The net does not know yet what it takes: begin it with keras.Input(shape).",
    )
    for what, got, right in (
        ("takes", net.input_shape, (None, *shape)),
        ("gives", net.output_shape, (None, n_classes)),
    ):
        holds(
            got is not None and tuple(got) == right,
            f"The net {what} arrays of the shape {got}, expected {right}.",
            got=got,
            expected=right,
        )
    return net


def right_weights(net, shape, filters, n_classes):
    """That the net has the eight arrays of weights of the table and no others."""
    expected = shapes_of(shape[2], filters, n_classes)
    found = [weight.shape for weight in net.weights]
    holds(
        sorted(found) == sorted(expected),
        f"For images {shape}, {filters} filters and {n_classes} classes the weights should have "
        f"the shapes {', '.join(map(str, expected))}; yours have {', '.join(map(str, found))}.",
        got=[list(s) for s in found],
        expected=[list(s) for s in expected],
    )
    equal(net.trainable, net.parameters, "All weights should be trainable. Numbers that are:")
    return expected


def fill(net, shape, filters, n_classes, rng):
    """Put drawn weights into the net; the two biases of one shape are alike. Returns them."""
    expected = right_weights(net, shape, filters, n_classes)
    drawn = {}
    for s in expected:
        fan_in = np.prod(s[:-1]) if len(s) > 1 else 1
        drawn[s] = rng.normal(size=s) * (np.sqrt(2 / fan_in) if len(s) > 1 else 0.3)
    net.set_weights([drawn[weight.shape] for weight in net.weights])
    return [drawn[s] for s in expected]


def compare(student, rng, shape, filters, n_classes, n=3):
    net = net_of(student, shape, filters, n_classes)
    weights = fill(net, shape, filters, n_classes, rng)
    x = rng.normal(size=(n, *shape)).astype("float32")
    close(
        net(x),
        logits(x, weights),
        f"Images {shape}, random weights. The shapes of the weights are right, so look at the "
        "activations, at the pooling over directions and places, and at the last layer.",
        rtol=1e-3,
        atol=1e-3,
    )


def shares(weights, x, y):
    """The shares of images (N, H, H, C) read right at four turns by a net of one dense layer."""
    return [
        float(np.mean((np.rot90(x, r, (1, 2)).reshape(len(x), -1) @ weights).argmax(1) == y))
        for r in range(4)
    ]


def reader(student, rng, side, channels, n_classes, n):
    """A net of one dense layer, images and labels, and the four shares, which all differ."""
    while True:
        weights = rng.normal(size=(side * side * channels, n_classes))
        x = rng.normal(size=(n, side, side, channels)).astype("float32")
        y = rng.integers(n_classes, size=n)
        y[: n // 2] = (x.reshape(n, -1) @ weights).argmax(1)[: n // 2]
        turned = np.rot90(x, 3, (1, 2)).reshape(n, -1)
        y[n // 2 : 3 * n // 4] = (turned @ weights).argmax(1)[n // 2 : 3 * n // 4]
        expected = shares(weights, x, y)
        if len({round(share * n) for share in expected}) == 4:
            break
    layers = [{"kind": "Flatten"}, {"kind": "Dense", "units": n_classes}]
    net = models.sequential(student, (side, side, channels), layers, [weights, np.zeros(n_classes)])
    return net, x, y, expected


def read(student, net, x, y):
    got = student.accuracy_by_turn(net.handle, x, y)
    numbers = as_numbers(got)
    holds(
        numbers.shape == (4,),
        f"accuracy_by_turn should return four numbers, but returned {got!r}.",
        got=got,
    )
    return numbers


@check("contract")
def test_a_model_from_images_to_logits(student):
    """build_p4_cnn returns a Keras model from images to logits, with the weights of the table"""
    equal(parameters(student, "build_p4_cnn")[:3], ("shape", "filters", "n_classes"))
    right_weights(net_of(student, (8, 8, 1), 6, 10), (8, 8, 1), 6, 10)


@check("contract")
def test_four_shares(student):
    """accuracy_by_turn returns four shares, and leaves the images as they are"""
    net, x, y, _ = reader(student, np.random.default_rng(1), 3, 1, 3, 20)
    contract(student, "accuracy_by_turn", net.handle, x, y, shape=(4,))


@check("hand")
def test_the_number_of_parameters_of_the_text(student):
    """With 6 filters, images (8, 8, 1) and 10 classes the net has 4,096 parameters"""
    equal(net_of(student, (8, 8, 1), 6, 10).parameters, 4096)


@check("property")
def test_turned_images_have_the_same_logits(student, rng):
    """Images in four directions have the same logits"""
    net = net_of(student, (9, 9, 2), 3, 4)
    fill(net, (9, 9, 2), 3, 4, rng)
    x = rng.normal(size=(3, 9, 9, 2)).astype("float32")
    upright = net(x)
    for r in (1, 2, 3):
        close(
            net(np.rot90(x, r, axes=(1, 2))),
            upright,
            f"The images were turned by {r} quarter turns.",
            rtol=1e-3,
            atol=1e-3,
        )


@check("probe")
def test_a_model_that_minds(student, rng):
    """The four shares of a model for which the direction matters"""
    net, x, y, expected = reader(student, rng, 5, 2, 3, 48)
    close(
        read(student, net, x, y),
        expected,
        "The shares at 0, 1, 2 and 3 quarter turns, counterclockwise.",
        atol=1e-6,
    )


@check("oracle")
def test_the_net_computes_what_the_table_says(student, rng):
    """With drawn weights the net gives the logits of the table, not only for square images"""
    compare(student, rng, (8, 9, 2), 3, 5)
    compare(student, rng, (7, 7, 1), 2, 3)


def probe_net(student):
    """What the net computes with weights that are waves."""
    net = models.model(student.build_p4_cnn((8, 9, 2), 3, 5))
    net.set_weights(
        [
            wave(w.shape) * (3 / np.sqrt(np.prod(w.shape[:-1])) if len(w.shape) > 1 else 0.1)
            for w in net.weights
        ]
    )
    x = wave((2, 8, 9, 2), 0.37).astype("float32")
    out = as_numbers(net(np.concatenate([x, -x])))
    shapes = [list(w.shape) for w in net.weights]
    return {"shapes": shapes, "out": np.round(out, 4), "trainable": net.trainable}


def probe_turns(student):
    net, x, y, _ = reader(student, np.random.default_rng(5), 4, 1, 3, 40)
    return np.round(as_numbers(student.accuracy_by_turn(net.handle, x, y)), 5)


PROBES = [probe_net, probe_turns]
