"""Hidden checks of N.6."""

import functools

import keras
import numpy as np
from keras import layers

from nablab.checking import check, close, equal, holds, mutant, variant
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.normalization import batch_norm

from ..checks.networks import NETWORKS, logits_around, network, own_blocks, right_convolutions
from ..checks.oracles import block, named
from .building_blocks import changed_block, nested, recursive_resnet, written_out
from .oracles import drawn


def plain_parameters(n, base):
    total, channels = 11 * base, base
    for filters in (base, 2 * base, 4 * base):
        total += 9 * channels * filters + (2 * n - 1) * 9 * filters**2 + 4 * n * filters
        channels = filters
    return total + channels * 10 + 10


@check()
def test_how_many_parameters(student):
    """The number of trainable parameters is right for any n and base"""
    for n, base in ((1, 5), (2, 3)):
        plain = network(student, "build_plain", n, base)
        equal(plain.trainable, plain_parameters(n, base), f"build_plain({n}, {base}):")
        resnet = network(student, "build_resnet", n, base)
        right = plain_parameters(n, base) + 10 * base**2 + 12 * base
        if resnet.trainable != right:
            equal(resnet.trainable, own_blocks(student, n, base), f"build_resnet({n}, {base}):")


@check()
def test_the_convolutions_of_deeper_networks(student):
    """The 6n + 1 convolutions of 3×3 have the right filters, strides and map sizes"""
    n, base = 2, 3
    sizes = [20] * (1 + 2 * n) + [10] * 2 * n + [5] * 2 * n
    convolutions = zip(right_convolutions(n, base), sizes, strict=True)
    right = [(filters, stride, size) for (filters, stride), size in convolutions]
    for name in NETWORKS:
        found = [
            (layer["filters"], layer["strides"][0], layer["output_shape"][1])
            for layer in network(student, name, n, base).layers
            if layer["kind"] == "Conv2D" and tuple(layer["kernel_size"]) == (3, 3)
        ]
        holds(
            found == right,
            f"{name}({n}, {base}): its 3×3 convolutions have (filters, stride, map size) {found}.",
            got=found,
            expected=right,
        )


@check("oracle")
def test_what_the_plain_network_computes(student, rng):
    """With any weights the plain network computes what the text says"""
    net = network(student, "build_plain", 1, 5)
    fresh, values = net.get_weights(), drawn(rng, net, 2)
    net.set_weights(values)
    x = rng.random((2, 20, 20, 1)).astype("float32")
    *kernels, dense = named(net, "kernel")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    norms = list(zip(*(named(net, name) for name in names), strict=True))
    holds(
        len(kernels) == len(norms) == 7 and values[dense].shape == (20, 10),
        f"build_plain(1, 5) has {len(kernels)} convolutions and {len(norms)} norms before its dense "
        "layer, expected 7 and 7.",
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


@check()
def test_shortcuts_in_one_and_none_in_the_other(student, rng):
    """If all 3×3 kernels after the first are 0, the image passes only through shortcuts"""
    x = rng.random((4, 20, 20, 1)).astype("float32")
    for name in NETWORKS:
        net = network(student, name, 1, 5)
        moves = float(np.ptp(logits_around(net, x), axis=0).max())
        holds(
            (moves > 1e-4) == (name == "build_resnet"),
            f"{name}: the logits of different images differ by {moves:.2g}.",
        )


@check()
def test_where_gamma_starts(student):
    """In the plain network every γ starts at 1; in the residual one, one γ a block starts at 0"""
    for name, zeros in (("build_plain", 0), ("build_resnet", 6)):
        net = network(student, name, 2, 3)
        values = net.get_weights()
        gammas = [values[i] for i in named(net, "gamma")]
        found = sum(not gamma.any() for gamma in gammas)
        ones = sum(bool((gamma == 1).all()) for gamma in gammas)
        if name == "build_resnet" and found != zeros:  # then as in the student's own blocks
            own = block(student, (8, 8, 3), 3)
            fresh = own.get_weights()
            zeros = 6 * sum(not fresh[i].any() for i in named(own, "gamma"))
        holds(
            len(gammas) >= 13 and found == zeros and ones == len(gammas) - found,
            f"{name}(2, 3): of {len(gammas)} norms {found} have a γ that starts at 0, and {ones} a γ "
            "that starts at 1.",
        )


@check()
def test_any_bias_is_added_to_the_output(student, rng):
    """The outputs may be negative and need not sum to 1"""
    x = rng.random((3, 20, 20, 1)).astype("float32")
    for name in NETWORKS:
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
            f"{name}: a bias b in the last layer should add b to the logits.",
            atol=1e-3,
            constant=True,
        )


# Mutants ------------------------------------------------------------------------------------------


def plain_block(x, filters, stride, zero=False, bias=False, depth=2):
    for number in range(depth):
        last = zero and number == depth - 1
        x = conv_norm_relu(x, filters, stride if number == 0 else 1, last, bias)
    return x


def conv_norm_relu(x, filters, stride=1, zero=False, bias=False):
    layers = keras.layers
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=bias)(x)
    x = layers.BatchNormalization(gamma_initializer="zeros" if zero else "ones")(x)
    return layers.ReLU()(x)


def mutant_network(
    n,
    base,
    block,
    *,
    stem=True,
    stages=3,
    widths=(1, 2, 4),
    strides=(1, 2, 2),
    every_block_strides=False,
    pool="mean",
    activation=None,
):
    """One of the two networks with one thing changed."""
    layers = keras.layers
    inputs = keras.Input((20, 20, 1))
    x = conv_norm_relu(inputs, base) if stem else inputs
    for stage in range(stages):
        for number in range(n):
            stride = strides[stage] if every_block_strides or number == 0 else 1
            x = block(x, base * widths[stage], stride)
    pools = {
        "mean": layers.GlobalAveragePooling2D,
        "max": layers.GlobalMaxPooling2D,
        "flat": layers.Flatten,
    }
    x = pools[pool]()(x)
    return keras.Model(inputs, layers.Dense(10, activation=activation)(x))


def network_mutant(says, plain=plain_block, residual=changed_block, blocks=lambda n: n, **changes):
    def build_resnet(n, base):
        return mutant_network(blocks(n), base, residual, **changes)

    def build_plain(n, base):
        return mutant_network(blocks(n), base, plain, **changes)

    return mutant(says, build_resnet=build_resnet, build_plain=build_plain)


ends_in_a_softmax = network_mutant(
    "Your networks end in a softmax. They should return logits: leave the activation of the last "
    "layer out.",
    activation="softmax",
)


stride_in_the_first_stage = network_mutant(
    "Your first stage has stride 2 as well. Only the second and the third make the maps smaller.",
    strides=(2, 2, 2),
)


stride_in_every_block = network_mutant(
    "Every block of your later stages has stride 2. Only the first block of a stage has it.",
    every_block_strides=True,
)


one_width_for_all = network_mutant(
    "All of your stages have `base` channels. The second has twice as many, the third four times.",
    widths=(1, 1, 1),
)


width_grows_evenly = network_mutant(
    "Your third stage has 3 · base channels. The number doubles from stage to stage: 1, 2, 4.",
    widths=(1, 2, 3),
)


two_stages = network_mutant("Your networks have only two stages. They should have three.", stages=2)


one_block_too_many = network_mutant(
    "Each of your stages has n + 1 blocks. It should have n.", blocks=lambda n: n + 1
)


flattens = network_mutant(
    "You flatten the last maps. Take the mean of each channel (GlobalAveragePooling2D): the dense layer "
    "then has 25 times fewer weights.",
    pool="flat",
)


takes_the_maximum = network_mutant(
    "You take the maximum of each channel at the end. The text asks for its mean, "
    "GlobalAveragePooling2D.",
    pool="max",
)


no_first_convolution = network_mutant(
    "The 3×3 convolution before the first stage is missing.", stem=False
)


plain_with_gamma_zero = network_mutant(
    "In your plain network the second γ of each block starts at 0, and without a shortcut nothing comes "
    "through. Let every γ start at 1 there.",
    plain=functools.partial(plain_block, zero=True),
)


plain_with_biases = network_mutant(
    "The convolutions of your plain network have a bias, which the norm after them subtracts.",
    plain=functools.partial(plain_block, bias=True),
)


plain_with_half_the_layers = network_mutant(
    "Your plain network has one convolution for each block. It needs two, so that both networks are "
    "equally deep.",
    plain=functools.partial(plain_block, depth=1),
)


shortcuts_in_both = network_mutant(
    "Your plain network has shortcuts too. It should be the residual one without them.",
    plain=changed_block,
)


shortcuts_in_neither = network_mutant(
    "Your residual network has no shortcuts: build it from residual_block.", residual=plain_block
)


# Variants -----------------------------------------------------------------------------------------


stage_by_stage = variant(
    "stage by stage, with its own blocks and keras.ops for the mean; float32",
    build_resnet=lambda n, base: written_out(n, base, True),
    build_plain=lambda n, base: written_out(n, base, False),
)


def sequential_plain(n, base):
    model = keras.Sequential([keras.Input((20, 20, 1))])
    widths = [base] + [base * 2**stage for stage in range(3) for _ in range(2 * n)]
    for number, filters in enumerate(widths):
        stride = 2 if number in (1 + 2 * n, 1 + 4 * n) else 1
        model.add(layers.Conv2D(filters, 3, stride, "same", use_bias=False))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="linear"))
    return model


sequential_and_recursive = variant(
    "a Sequential model and a recursion",
    build_resnet=recursive_resnet,
    build_plain=sequential_plain,
)


models_in_models = variant(
    "models in a model, the mean as a pooling of 5×5",
    build_resnet=lambda n, base: nested(n, base, True),
    build_plain=lambda n, base: nested(n, base, False),
)
