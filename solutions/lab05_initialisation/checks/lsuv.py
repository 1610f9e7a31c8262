"""The visible checks of N.8."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, contract, holds, models

from .oracles import dense_layer

ACTS = {
    None: lambda z: z,
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
}


MLP = [dense_layer(23), dense_layer(17, "tanh"), dense_layer(5, None)]


CONVNET = [
    {"kind": "Conv2D", "filters": 7, "kernel_size": (3, 2), "activation": "relu"},
    {"kind": "Conv2D", "filters": 5, "kernel_size": 3, "activation": "tanh"},
    {"kind": "Flatten"},
    dense_layer(11),
    dense_layer(3, None),
]


def sums_of(layers, weights, x):
    """What each layer with weights makes of x before its activation, and what the last puts out."""
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


def start(student, layers, shape, seed, size, bias):
    """A model with normal weights times `size` and biases of that deviation; and its weights."""
    rng = np.random.default_rng(seed)
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


@check("contract")
def test_lsuv_returns_the_model(student):
    """lsuv returns the model that it was given, changed in place"""
    net, before = start(student, MLP, (13,), 1, 0.3, 0.0)
    x = np.random.default_rng(2).normal(size=(50, 13))
    after = models.model(contract(student, "lsuv", net.handle, x))
    holds(
        [w.shape for w in after.weights] == [w.shape for w in net.weights],
        "The model that it returns has other weights than the one that it was given.",
    )
    now = net.get_weights()
    holds(
        all(np.array_equal(a, b) for a, b in zip(now, after.get_weights(), strict=True)),
        "The model that it returns and the one that it was given have different weights: change "
        "the given one and return it.",
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
    """Every layer's sums have deviation 1, from weights too small and from weights too large"""
    x = np.random.default_rng(3).normal(size=(200, 13)) + 0.5
    for size, says in (
        (0.05, "From weights 20 times too small."),
        (6.0, "From weights 6 times too large."),
    ):
        net, _ = start(student, MLP, (13,), 4, size, 0.0)
        _, weights = tuned(student, net, x)
        deviations_are_one(MLP, weights, x, says=says)


@check("probe")
def test_biases_stay(student):
    """With biases the sums have deviation 1 too, and the biases are untouched"""
    x = np.random.default_rng(5).normal(size=(200, 13))
    net, before = start(student, MLP, (13,), 6, 0.5, 0.4)
    _, weights = tuned(student, net, x)
    for b, a in zip(before[1::2], weights[1::2], strict=True):
        close(a, b, "A layer's biases after lsuv and before:", rtol=1e-6)
    deviations_are_one(MLP, weights, x)


@check()
def test_kernels_are_only_scaled(student):
    """A kernel is multiplied by one number, and the activations are back in place"""
    x = np.random.default_rng(7).normal(size=(200, 13)) * np.arange(1, 14)
    net, before = start(student, MLP, (13,), 8, 3.0, 0.1)
    after, weights = tuned(student, net, x)
    for number, (b, a) in enumerate(zip(before[::2], weights[::2], strict=True)):
        factor = float(np.sum(a * b) / np.sum(b * b))
        holds(factor > 0, f"Kernel {number} was turned into its negative or to 0.", got=a)
        close(a, factor * b, f"Kernel {number} and the old one times {factor:.3g}:", rtol=1e-3)
    _, expected = sums_of(MLP, weights, x)
    close(
        after(x.astype(np.float32)),
        expected,
        "The model computes other outputs than its weights and activations say: is each "
        "activation back in place?",
        rtol=1e-3,
        atol=1e-3,
    )


@check()
def test_a_convolutional_network(student):
    """Convolutions are scaled as well, over all places together"""
    x = np.random.default_rng(9).uniform(0, 1, size=(60, 8, 9, 2))
    net, _ = start(student, CONVNET, (8, 9, 2), 10, 0.2, 0.05)
    _, weights = tuned(student, net, x)
    deviations_are_one(CONVNET, weights, x)


def probe_scaling(student):
    """What lsuv does to three networks: sizes of the sums, whether anything else changed."""
    found = []
    for layers, shape, bias in ((MLP, (13,), 0.0), (MLP, (13,), 0.4), (CONVNET, (8, 9, 2), 0.1)):
        rng = np.random.default_rng(11)
        x = rng.normal(size=(80, *shape)) + 0.7
        net, before = start(student, layers, shape, 12, 0.3, bias)
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
