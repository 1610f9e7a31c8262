"""Hidden checks of N.8."""

import math
from itertools import product
from math import prod

import numpy as np

from nablab.checking import check, each, equal, holds, mutant, variant
from nablab.reference.counting import multiplications, output_shape

from ..checks.macs import is_whole, total
from ..checks.oracles import FLATTEN, LENET, NORM, conv2d, dense, depthwise, embedding, pool
from .building_blocks import counts, holds_numbers, shape_by_match


def macs_are_right(student, networks):
    for (layers, shape), got in zip(networks, each(student, "macs", networks), strict=True):
        kinds = ", ".join(layer["kind"] for layer in layers)
        equal(got, total(layers, shape), f"{kinds}; given {shape}.")


def counted(one, shape):
    """The multiplications of a small layer, counted one by one in the loops that would do them: a
    second way to find them, beside the reference's formula."""
    out = output_shape(one, shape)
    count = 0
    if one["kind"] == "conv2d":
        kh, kw = one["kernel_size"]
        for _ in product(*map(range, out), range(kh), range(kw), range(shape[2])):
            count += 1
    elif one["kind"] == "depthwise_conv2d":
        kh, kw = one["kernel_size"]
        for _ in product(*map(range, out), range(kh), range(kw)):
            count += 1
    elif one["kind"] == "dense":
        for _ in product(*map(range, shape), range(one["units"])):
            count += 1
    return count


@check("oracle")
def test_counted_one_by_one(student, rng):
    """As many MACs as loops would do, counted one by one"""
    for one, shape in (
        (conv2d(3, (2, 3)), (5, 4, 2)),
        (conv2d(2, (3, 1), (2, 1), "same"), (5, 3, 4)),
        (depthwise(2, (3, 2), (1, 2)), (4, 7, 3)),
        (dense(4), (5, 3)),
        (dense(5), (7,)),
    ):
        equal(student.macs([one], shape), counted(one, shape), f"{one}, given {shape}.")


@check("oracle")
def test_networks_of_all_kinds(student, rng):
    """Networks of all kinds of layers, of any size"""
    networks = []
    for _ in range(6):
        f, m, a, b, u = (int(value) for value in rng.integers(2, 5, size=5))
        layers = [
            conv2d(f, (a, b), (1, 2), "same", bias=False),
            NORM,
            depthwise(m, (b, 3), (2, 1), "same"),
            pool((2, 3), (2, 1)),
            conv2d(f + m, (1, 1)),
            FLATTEN,
            dense(u),
        ]
        networks.append((layers, (int(rng.integers(11, 20)), int(rng.integers(15, 30)), 3)))
    macs_are_right(student, networks)


@check()
def test_what_takes_no_multiplication(student, rng):
    """Pooling, flattening, normalisation, embeddings and biases take no MACs"""
    idle = [NORM, pool((3, 2), (2, 1)), NORM, FLATTEN]
    networks = [(idle, (9, 8, 5)), ([embedding(71, 6), NORM, FLATTEN], (11,))]
    networks += [([dense(7, bias)], (13,)) for bias in (True, False)]
    networks += [([conv2d(5, (2, 3), bias=bias)], (7, 6, 2)) for bias in (True, False)]
    macs_are_right(student, networks)


@check()
def test_layers_after_each_other_add_up(student, rng):
    """The MACs of a network are the sum of those of its layers"""
    layers = [
        conv2d(4, (3, 2), (2, 1)),
        depthwise(3, (2, 2)),
        pool((2, 2), (2, 2), "same"),
        FLATTEN,
        dense(9),
        dense(2),
    ]
    shape = (int(rng.integers(11, 20)), 13, 3)
    macs_are_right(student, [(layers[:end], shape) for end in range(1, len(layers) + 1)])


@check()
def test_a_pair_of_small_layers_for_a_large_one(student, rng):
    """A depthwise layer and a 1×1 layer take the share of MACs that the text promises"""
    C, F = (int(value) for value in rng.integers(5, 30, size=2))
    pair = [depthwise(1, (3, 3), padding="same"), conv2d(F, (1, 1))]
    whole = [conv2d(F, (3, 3), padding="same")]
    macs_are_right(student, [(pair, (12, 17, C)), (whole, (12, 17, C))])


@check("hand")
def test_the_layer_of_lenet_that_works_most(student):
    """DOMINANT_LAYER is the layer of LENET that takes the most MACs"""
    right = int(np.argmax(multiplications(LENET, (32, 32, 1))))
    which = student.DOMINANT_LAYER
    holds(is_whole(which) and which == right, "Another layer takes more MACs.", got=which)


# Mutants ------------------------------------------------------------------------------------------


def products(layer, shape, out):
    """The multiplications of a layer."""
    if layer["kind"] == "dense":
        return prod(out) * shape[-1]
    taps = prod(layer.get("kernel_size", (0,)))
    return prod(out) * taps * (shape[-1] if layer["kind"] == "conv2d" else 1)


def work(layers, shape, count):
    return sum(counts(layers, shape, count))


@mutant(
    "These are the parameters. A weight of a convolution is used at every place of the map: "
    "multiply by oh·ow.",
)
def parameters_in_place_of_macs(layers, input_shape):
    return work(
        layers,
        input_shape,
        lambda layer, shape, out: (
            sum(holds_numbers(layer, shape, out))
            if layer["kind"] in ("dense", "conv2d", "depthwise_conv2d")
            else 0
        ),
    )


@mutant(
    "You multiply by the size of the input. What a layer computes are the numbers of its output: "
    "multiply by the size of that.",
)
def places_of_the_input(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, (*shape[:2], out[-1]) if "kernel_size" in layer else out)

    return work(layers, input_shape, count)


@mutant("You count biases too. Adding a bias is not a product.")
def biases_counted(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) + (prod(out) if layer.get("use_bias") else 0)

    return work(layers, input_shape, count)


@mutant(
    "You count multiplications and additions separately, and get twice as many. A MAC is both in "
    "one.",
)
def two_for_each_mac(layers, input_shape):
    return 2 * work(layers, input_shape, products)


@mutant(
    "You count a depthwise layer like a conv2d. Each of its outputs reads one channel: kh·kw "
    "products.",
)
def depthwise_reads_all_channels(layers, input_shape):
    def count(layer, shape, out):
        whole = layer["kind"] == "depthwise_conv2d"
        return products(layer, shape, out) * (shape[-1] if whole else 1)

    return work(layers, input_shape, count)


@mutant(
    "You forget the channels of the input. A filter reads all of them: each output of a conv2d takes "
    "kh·kw·C products.",
)
def channels_forgotten(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) // (shape[-1] if layer["kind"] == "conv2d" else 1)

    return work(layers, input_shape, count)


@mutant(
    "You count a dense layer at one position only. It is applied at every position: given (T, D) it "
    "computes T·M numbers, each with D products.",
)
def dense_at_one_position(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out[-1:] if layer["kind"] == "dense" else out)

    return work(layers, input_shape, count)


@mutant(
    "You count the comparisons of pooling. A maximum is found without a product.",
)
def pooling_counted(layers, input_shape):
    def count(layer, shape, out):
        return products(layer, shape, out) + prod(layer.get("pool_size", (0,))) * prod(out)

    return work(layers, input_shape, count)


most_parameters = mutant(
    "This layer holds the most parameters. The most work is done where few weights are used at many "
    "places.",
    DOMINANT_LAYER=5,
)


first_layer = mutant(
    "The first layer makes the largest map, but each of its numbers takes only 25 products. In "
    "layer 2 each takes 150.",
    DOMINANT_LAYER=0,
)


# Variants -----------------------------------------------------------------------------------------


def outputs_and_reads(layer, shape):
    kind = layer["kind"]
    out = math.prod(shape_by_match(layer, shape))
    reads = {
        "dense": lambda: shape[-1],
        "conv2d": lambda: math.prod(layer["kernel_size"]) * shape[-1],
        "depthwise_conv2d": lambda: math.prod(layer["kernel_size"]),
    }.get(kind, lambda: 0)()
    return out, reads


def first_and_rest(layers, shape):
    if not layers:
        return 0
    out, reads = outputs_and_reads(layers[0], shape)
    return out * reads + first_and_rest(layers[1:], shape_by_match(layers[0], shape))


@variant("recursion: the first layer, and the rest")
def macs_by_recursion(layers, input_shape):
    return first_and_rest(layers, input_shape)


@variant("products in float32, rounded")
def macs_in_float32(layers, input_shape):
    total, shape = 0, input_shape
    for layer in layers:
        out, reads = outputs_and_reads(layer, shape)
        total += int(np.round(np.float32(out) * np.float32(reads)))
        shape = shape_by_match(layer, shape)
    return total


@variant("a dot product of outputs and reads, as a NumPy integer")
def macs_by_dot_product(layers, input_shape):
    pairs, shape = [(0, 0)], input_shape
    for layer in layers:
        pairs.append(outputs_and_reads(layer, shape))
        shape = shape_by_match(layer, shape)
    outs, reads = np.array(pairs).T
    return outs @ reads
