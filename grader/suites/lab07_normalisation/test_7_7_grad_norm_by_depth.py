"""Hidden checks of 7.7."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import close, exercise, holds, models
from nablab.checking.expect import as_numbers

FLAT = [
    {"kind": "Dense", "units": 11, "activation": "relu"},
    {"kind": "Dense", "units": 6},
    {"kind": "LayerNormalization"},
    {"kind": "ReLU"},
    {"kind": "Dense", "units": 5, "use_bias": False},
]
CONVOLVED = [
    {"kind": "Conv2D", "filters": 3, "kernel_size": 3, "strides": 2, "use_bias": False},
    {"kind": "BatchNormalization", "momentum": 0.5},
    {"kind": "ReLU"},
    {"kind": "DepthwiseConv2D", "kernel_size": 2, "padding": "same"},
    {"kind": "BatchNormalization"},
    {"kind": "Flatten"},
    {"kind": "Dense", "units": 4},
]


NETS = WeakKeyDictionary()  # of each student: to build one takes longer than to ask it


def sequence(student, shape, layers):
    """A fresh model of such layers, built once for all checks."""
    nets, of = NETS.setdefault(student, {}), str(layers)
    if of not in nets:
        net = models.sequential(student, shape, layers, seed=5)
        nets[of] = net, net.get_weights()
    net, fresh = nets[of]
    net.set_weights(fresh)
    return net


def right_norms(net, x, y):
    squares = {}
    trained = [weight for weight in net.weights if weight.trainable]
    for weight, slope in zip(trained, net.gradients(x, y), strict=True):
        layer = weight.path.rpartition("/")[0]
        squares[layer] = squares.get(layer, 0.0) + float(np.sum(np.square(slope, dtype=float)))
    return np.sqrt(list(squares.values()))


def same(student, net, x, y, says):
    right = right_norms(net, x, y)
    got = as_numbers(student.grad_norm_by_depth(net.handle, x, y))
    close(got, right, says, rtol=1e-3, atol=1e-5 * right.max())


@exercise("7.7", stage="oracle")
def test_dense_layers_and_a_layer_norm(student, rng):
    """Dense layers and a layer norm, with and without biases"""
    for n, turned in ((7, 1), (1, -1)):
        net = sequence(student, (4,), FLAT)
        net.set_weights([turned * weight for weight in net.get_weights()])
        x = rng.normal(size=(n, 4)).astype("float32")
        same(student, net, x, rng.integers(0, 5, size=n), f"A batch of {n}.")


@exercise("7.7", stage="oracle")
def test_convolutions_and_batch_norms(student, rng):
    """Convolutions and batch norms, whose moving averages have nothing to say"""
    net = sequence(student, (9, 7, 2), CONVOLVED)
    x = (rng.normal(size=(5, 9, 7, 2)) * 2 - 3).astype("float32")
    y = rng.integers(0, 4, size=5)
    same(student, net, x, y, "A fresh network.")
    weights = [rng.uniform(0.3, 1.5, size=weight.shape) for weight in net.weights]
    net.set_weights(weights)
    same(student, net, x, y, "The same with other weights.")


@exercise("7.7")
def test_a_network_that_is_very_sure(student, rng):
    """The loss is computed from logits, also where they are large"""
    net = sequence(student, (4,), FLAT)
    weights = net.get_weights()
    weights[-1] = weights[-1] * 12
    net.set_weights(weights)
    x = rng.normal(size=(9, 4)).astype("float32")
    same(student, net, x, rng.integers(0, 5, size=9), "Logits of about 12.")


@exercise("7.7")
def test_the_order_of_the_examples_does_not_matter(student, rng):
    """The order of the examples does not matter, and a batch twice over changes nothing"""
    net = sequence(student, (4,), FLAT)
    x, y = rng.normal(size=(6, 4)).astype("float32"), rng.integers(0, 5, size=6)
    right = right_norms(net, x, y)
    order = rng.permutation(6)
    for said, one, labels in (
        ("Another order", x[order], y[order]),
        ("Three times", np.tile(x, (3, 1)), np.tile(y, 3)),
    ):
        got = as_numbers(student.grad_norm_by_depth(net.handle, one, labels))
        close(got, right, f"{said}:", rtol=1e-3, atol=1e-5 * right.max())


@exercise("7.7")
def test_nothing_is_trained(student, rng):
    """The model's trainable weights stay as they were"""
    net = sequence(student, (9, 7, 2), CONVOLVED)
    before = net.get_weights()
    x, y = rng.normal(size=(5, 9, 7, 2)).astype("float32"), rng.integers(0, 4, size=5)
    same(student, net, x, y, "First:")
    for weight, old, new in zip(net.weights, before, net.get_weights(), strict=True):
        if weight.trainable:
            holds(np.array_equal(old, new), f"{weight.path} was changed.", got=new, expected=old)
