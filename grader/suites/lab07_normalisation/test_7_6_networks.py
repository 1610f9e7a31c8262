"""Hidden checks of 7.6."""

from weakref import WeakKeyDictionary

import numpy as np

from nablab.checking import close, equal, exercise, holds, models, once
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.normalization import batch_norm

NAMES = ("build_resnet", "build_plain")


NETS = WeakKeyDictionary()  # of each student: to build one takes longer than to ask it


def network(student, name, n, base):
    """One of the student's networks, built once for all checks; who changes it changes it back."""
    nets, of = NETS.setdefault(student, {}), (name, n, base)
    if of not in nets:
        net = models.model(once(student, *of))
        equal(tuple(net.input_shape), (None, 20, 20, 1), f"{name}({n}, {base}), input:")
        equal(tuple(net.output_shape), (None, 10), f"{name}({n}, {base}), output:")
        nets[of] = net
    return nets[of]


def plain_parameters(n, base):
    total, channels = 11 * base, base
    for filters in (base, 2 * base, 4 * base):
        total += 9 * channels * filters + (2 * n - 1) * 9 * filters**2 + 4 * n * filters
        channels = filters
    return total + channels * 10 + 10


def own_blocks(student, n, base):
    """What build_resnet trains if its blocks are the student's, whatever those are."""
    total, channels = 11 * base + 40 * base + 10, base
    for stage in range(3):
        for number in range(n):
            filters, stride = base * 2**stage, 2 if stage and not number else 1
            net = models.functional(student, "residual_block", (8, 8, channels), filters, stride)
            total, channels = total + net.trainable, filters
    return total


def named(net, name):
    """The indices of its weights of that name, in order."""
    return [i for i, weight in enumerate(net.weights) if weight.path.rpartition("/")[2] == name]


@exercise("7.6")
def test_how_many_parameters(student):
    """The number of trained parameters for any n and base; they differ by two projections"""
    for n, base in ((1, 5), (2, 3)):
        plain = network(student, "build_plain", n, base)
        equal(plain.trainable, plain_parameters(n, base), f"build_plain({n}, {base}):")
        resnet = network(student, "build_resnet", n, base)
        right = plain_parameters(n, base) + 10 * base**2 + 12 * base
        if resnet.trainable != right:
            equal(resnet.trainable, own_blocks(student, n, base), f"build_resnet({n}, {base}):")


@exercise("7.6")
def test_the_convolutions_of_deeper_networks(student):
    """6n + 1 3×3 convolutions, of the right filters and strides, on maps of 20, 10 and 5"""
    n, base = 2, 3
    right = [(base, 1, 20)]
    for stage in range(3):
        for number in range(2 * n):
            stride = 2 if stage and number == 0 else 1
            right.append((base * 2**stage, stride, (20, 10, 5)[stage]))
    for name in NAMES:
        found = [
            (layer["filters"], layer["strides"][0], layer["output_shape"][1])
            for layer in network(student, name, n, base).layers
            if layer["kind"] == "Conv2D" and tuple(layer["kernel_size"]) == (3, 3)
        ]
        holds(
            found == right,
            f"{name}({n}, {base}): (filters, stride, size of the map) are {found}.",
            got=found,
            expected=right,
        )


@exercise("7.6", stage="oracle")
def test_what_the_plain_network_computes(student, rng):
    """With any weights the plain network computes what the text says"""
    net = network(student, "build_plain", 1, 5)
    fresh, values = net.get_weights(), []
    for weight in net.weights:
        name = weight.path.rpartition("/")[2]
        if name in ("gamma", "moving_variance"):
            values.append(rng.uniform(0.5, 1.7, size=weight.shape))
        elif name == "kernel":
            values.append(rng.normal(size=weight.shape) * np.sqrt(2 / np.prod(weight.shape[:-1])))
        else:
            values.append(rng.normal(size=weight.shape) * 0.4)
    net.set_weights(values)
    x = rng.random((2, 20, 20, 1)).astype("float32")
    *kernels, dense = named(net, "kernel")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    norms = list(zip(*(named(net, name) for name in names), strict=True))
    holds(
        len(kernels) == len(norms) == 7 and values[dense].shape == (20, 10),
        f"It has {len(kernels)} convolutions and {len(norms)} norms before its dense layer; 7 and 7 "
        "are expected.",
    )
    h = x.astype(float)
    for number, (kernel, norm) in enumerate(zip(kernels, norms, strict=True)):
        stride = 2 if number in (3, 5) else 1
        h = conv_nd(h, values[kernel], strides=stride, padding="same")
        h = np.maximum(batch_norm(h, *(values[i] for i in norm)), 0)
    right = h.mean(axis=(1, 2)) @ values[dense] + values[named(net, "bias")[-1]]
    got = net(x)
    net.set_weights(fresh)
    close(got, right, "build_plain(1, 5):", rtol=1e-3, atol=1e-3 * np.abs(right).max())


@exercise("7.6")
def test_shortcuts_in_one_and_none_in_the_other(student, rng):
    """With all 3×3 kernels after the first 0, the image comes through the residual one only"""
    x = rng.random((4, 20, 20, 1)).astype("float32")
    for name in NAMES:
        net = network(student, name, 1, 5)
        fresh, weights = net.get_weights(), net.get_weights()
        kernels = [i for i, weight in enumerate(net.weights) if len(weight.shape) == 4]
        thick = [i for i in kernels if net.weights[i].shape[:2] == (3, 3)]
        for i in kernels:  # no ReLU stops what is positive
            weights[i] = np.abs(weights[i]) * (i not in thick[1:])
        net.set_weights(weights)
        moves = float(np.abs(np.ptp(net(x), axis=0)).max())
        net.set_weights(fresh)
        holds(
            (moves > 1e-4) == (name == "build_resnet"),
            f"{name}: the logits of different images differ by {moves:.2g}.",
        )


@exercise("7.6")
def test_where_gamma_starts(student):
    """In the plain network every γ starts at 1; in the residual one, one of each block at 0"""
    for name, zeros in (("build_plain", 0), ("build_resnet", 6)):
        net = network(student, name, 2, 3)
        values = net.get_weights()
        gammas = [values[i] for i in named(net, "gamma")]
        found = sum(not gamma.any() for gamma in gammas)
        ones = sum(bool((gamma == 1).all()) for gamma in gammas)
        if name == "build_resnet" and found != zeros:  # then as in the student's own blocks
            own = models.functional(student, "residual_block", (8, 8, 3), 3)
            fresh = own.get_weights()
            zeros = 6 * sum(not fresh[i].any() for i in named(own, "gamma"))
        holds(
            len(gammas) >= 13 and found == zeros and ones == len(gammas) - found,
            f"{name}(2, 3): of {len(gammas)} norms {found} have a γ that starts at 0, and {ones} "
            "one that starts at 1.",
        )


@exercise("7.6")
def test_any_bias_is_added_to_the_output(student, rng):
    """What they return may be negative, and need not sum to 1"""
    x = rng.random((3, 20, 20, 1)).astype("float32")
    for name in NAMES:
        net = network(student, name, 1, 5)
        weights = net.get_weights()
        bias = np.linspace(-9, 5, 10)
        weights[named(net, "bias")[-1]] = bias
        net.set_weights(weights)
        shifted = net(x)
        weights[named(net, "bias")[-1]] = 0 * bias
        net.set_weights(weights)
        close(
            shifted - bias,
            net(x),
            f"{name}: a bias b adds b to the logits.",
            atol=1e-3,
            constant=True,
        )
