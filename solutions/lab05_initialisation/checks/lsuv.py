"""The visible checks of N.8."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, contract, holds, models

from .oracles import conv_layer, dense_layer

ACTS = {
    None: lambda z: z,
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
}


MLP = [dense_layer(23), dense_layer(17, "tanh"), dense_layer(5, None)]


CONVNET = [
    conv_layer(7, (3, 2)),
    conv_layer(5, 3, "tanh"),
    {"kind": "Flatten"},
    dense_layer(11),
    dense_layer(3, None),
]


def sums_of(layers, weights, x):
    """The sums of each layer with weights, before its activation, and the output of the last."""
    weights, sums = list(weights), []
    for layer in layers:
        if layer["kind"] == "Flatten":
            x = x.reshape(len(x), -1)
            continue
        kernel, bias = weights.pop(0).astype(float), weights.pop(0).astype(float)
        if layer["kind"] == "Conv2D":
            windows = sliding_window_view(x, kernel.shape[:2], (1, 2))  # (N, oh, ow, C, kh, kw)
            z = np.einsum("nijcuv,uvcf->nijf", windows, kernel) + bias
        else:
            z = x @ kernel + bias
        sums.append(z)
        x = ACTS[layer["activation"]](z)
    return sums, x


def start(student, rng, layers, shape, size, bias):
    """A model with normal kernels of `size` times 1/√fan_in and biases of the deviation `bias`; and
    its weights."""
    net = models.sequential(student, shape, layers, seed=1)
    weights = [
        rng.normal(0, bias if len(w.shape) == 1 else size / np.sqrt(np.prod(w.shape[:-1])), w.shape)
        for w in net.weights
    ]
    net.set_weights(weights)
    return net, net.get_weights()


def tuned(student, net, x):
    """The model that lsuv returns, and its weights."""
    after = models.model(student.lsuv(net.handle, x))
    return after, after.get_weights()


def deviations_are_one(layers, weights, x, within=0.05, says=""):
    sums, _ = sums_of(layers, weights, x)
    got = np.array([z.std() for z in sums])
    holds(
        np.isfinite(got).all() and (np.abs(got - 1) < within).all(),
        f"{says} The sums of the layers, before the activation, have the standard deviations "
        f"{', '.join(f'{s:.3g}' for s in got)}; each should be 1.".strip(),
        got=got,
        expected=np.ones(len(got)),
    )


def biases_stay(before, after):
    """Every layer's biases are what they were."""
    for b, a in zip(before[1::2], after[1::2], strict=True):
        close(a, b, "A layer's biases after lsuv and before:", rtol=1e-6)


def kernels_are_scaled(before, after):
    """Each kernel is the old one times a positive number."""
    for number, (b, a) in enumerate(zip(before[::2], after[::2], strict=True)):
        factor = float(np.sum(a * b) / np.sum(b * b))
        holds(factor > 0, f"Kernel {number} was turned into its negative or to 0.", got=a)
        close(a, factor * b, f"Kernel {number} and the old one times {factor:.3g}:", rtol=1e-3)


@check("contract")
def test_lsuv_returns_the_model(student):
    """lsuv changes the model that it is given and returns it"""
    net, before = start(student, np.random.default_rng(1), MLP, (13,), 0.3, 0.0)
    x = np.random.default_rng(2).normal(size=(50, 13))
    after = models.model(contract(student, "lsuv", net.handle, x))
    holds(
        [w.shape for w in after.weights] == [w.shape for w in net.weights],
        "The weights of the returned model have other shapes than those of the given one.",
    )
    now = net.get_weights()
    holds(
        all(np.array_equal(a, b) for a, b in zip(now, after.get_weights(), strict=True)),
        "The returned model and the given one have different weights: change the given one and "
        "return it.",
    )
    holds(
        not all(np.array_equal(a, b) for a, b in zip(now, before, strict=True)),
        "The weights are what they were before.",
    )


@check("hand")
def test_the_unit_of_the_text(student):
    """The weight 4 of the text becomes 1"""
    x = np.array([[-1.0], [1.0]])
    for bias in (0.0, 10.0):
        weights = [np.array([[4.0]]), np.array([bias])]
        net = models.sequential(student, (1,), [dense_layer(1)], weights)
        _, (kernel, after) = tuned(student, net, x)
        close(kernel, [[1.0]], f"The kernel, with a bias of {bias:g}:", rtol=0.05)
        close(after, [bias], "The bias:", atol=1e-6)


@check("probe")
def test_a_dense_network(student):
    """Every layer's sums end at deviation 1, from weights that are too small or too large"""
    x = np.random.default_rng(3).normal(size=(200, 13)) + 0.5
    for size, says in (
        (0.05, "From weights 20 times too small."),
        (6.0, "From weights 6 times too large."),
    ):
        net, _ = start(student, np.random.default_rng(4), MLP, (13,), size, 0.0)
        _, weights = tuned(student, net, x)
        deviations_are_one(MLP, weights, x, says=says)


@check("probe")
def test_biases_stay(student):
    """With biases the sums end at deviation 1 too, and the biases stay as they were"""
    x = np.random.default_rng(5).normal(size=(200, 13))
    net, before = start(student, np.random.default_rng(6), MLP, (13,), 0.5, 0.4)
    _, weights = tuned(student, net, x)
    biases_stay(before, weights)
    deviations_are_one(MLP, weights, x)


@check()
def test_kernels_are_only_scaled(student):
    """A kernel is multiplied by one number, and the activations are back in place"""
    x = np.random.default_rng(7).normal(size=(200, 13)) * np.arange(1, 14)
    net, before = start(student, np.random.default_rng(8), MLP, (13,), 3.0, 0.1)
    after, weights = tuned(student, net, x)
    kernels_are_scaled(before, weights)
    _, expected = sums_of(MLP, weights, x)
    close(
        after(x.astype(np.float32)),
        expected,
        "The model's outputs are not those of its weights and activations: is each activation back "
        "in place?",
        rtol=1e-3,
        atol=1e-3,
    )


@check()
def test_a_convolutional_network(student):
    """Convolutions are scaled as well, over all places together"""
    x = np.random.default_rng(9).uniform(0, 1, size=(60, 8, 9, 2))
    net, _ = start(student, np.random.default_rng(10), CONVNET, (8, 9, 2), 0.2, 0.05)
    _, weights = tuned(student, net, x)
    deviations_are_one(CONVNET, weights, x)


def probe_scaling(student):
    """What lsuv does to three networks: sizes of the sums, and whether anything else changed."""
    found = []
    for layers, shape, bias in ((MLP, (13,), 0.0), (MLP, (13,), 0.4), (CONVNET, (8, 9, 2), 0.1)):
        rng = np.random.default_rng(11)
        x = rng.normal(size=(80, *shape)) + 0.7
        net, before = start(student, np.random.default_rng(12), layers, shape, 0.3, bias)
        after, weights = tuned(student, net, x)
        sums, output = sums_of(layers, weights, x)
        found += [round(8 * float(np.log(z.std() + 1e-9))) for z in sums]
        found += [bool(np.allclose(a, b)) for a, b in zip(weights[1::2], before[1::2], strict=True)]
        found.append(bool(np.allclose(after(x.astype(np.float32)), output, atol=1e-2)))
        found.append(bool(np.allclose(net.get_weights()[0], weights[0])))
        factors = weights[0] / before[0]
        found.append(bool(factors.std() < 1e-3 * abs(factors.mean())))
    return found


PROBES = [probe_scaling]
