"""Hidden checks of 2.8."""

from itertools import product

import numpy as np

from nablab.checking import each, equal, exercise, holds
from nablab.reference.counting import multiplications, output_shape


def layer(kind, **keys):
    return {"kind": kind, **keys}


def conv2d(filters, kernel, strides=(1, 1), padding="valid", bias=True):
    return layer(
        "conv2d",
        filters=filters,
        kernel_size=kernel,
        strides=strides,
        padding=padding,
        use_bias=bias,
    )


def depthwise(multiplier, kernel, strides=(1, 1), padding="valid"):
    return layer(
        "depthwise_conv2d",
        depth_multiplier=multiplier,
        kernel_size=kernel,
        strides=strides,
        padding=padding,
        use_bias=True,
    )


def pool(size, strides, padding="valid"):
    return layer("max_pool2d", pool_size=size, strides=strides, padding=padding)


def dense(units, bias=True):
    return layer("dense", units=units, use_bias=bias)


FLATTEN, NORM = layer("flatten"), layer("batch_norm")


def right(student, networks):
    for (layers, shape), got in zip(networks, each(student, "macs", networks), strict=True):
        kinds = ", ".join(one["kind"] for one in layers)
        equal(got, sum(multiplications(layers, shape)), f"{kinds}; given {shape}.")


def counted(one, shape):
    """The multiplications of a small layer, counted one by one in the loops that would do them."""
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


@exercise("2.8", stage="oracle")
def test_counted_one_by_one(student, rng):
    """As many as loops would do, counted one by one"""
    for one, shape in (
        (conv2d(3, (2, 3)), (5, 4, 2)),
        (conv2d(2, (3, 1), (2, 1), "same"), (5, 3, 4)),
        (depthwise(2, (3, 2), (1, 2)), (4, 7, 3)),
        (dense(4), (5, 3)),
        (dense(5), (7,)),
    ):
        equal(student.macs([one], shape), counted(one, shape), f"{one}, given {shape}.")


@exercise("2.8", stage="oracle")
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
    right(student, networks)


@exercise("2.8")
def test_what_takes_no_multiplication(student, rng):
    """Pooling, flattening, normalisation and tables take none; biases take none"""
    idle = [NORM, pool((3, 2), (2, 1)), NORM, FLATTEN]
    table = layer("embedding", input_dim=71, output_dim=6)
    networks = [(idle, (9, 8, 5)), ([table, NORM, FLATTEN], (11,))]
    networks += [([dense(7, bias)], (13,)) for bias in (True, False)]
    networks += [([conv2d(5, (2, 3), bias=bias)], (7, 6, 2)) for bias in (True, False)]
    right(student, networks)


@exercise("2.8")
def test_layers_after_each_other_add_up(student, rng):
    """What a network takes is the sum of what its layers take"""
    layers = [
        conv2d(4, (3, 2), (2, 1)),
        depthwise(3, (2, 2)),
        pool((2, 2), (2, 2), "same"),
        FLATTEN,
        dense(9),
        dense(2),
    ]
    shape = (int(rng.integers(11, 20)), 13, 3)
    right(student, [(layers[:end], shape) for end in range(1, len(layers) + 1)])


@exercise("2.8")
def test_a_pair_of_small_layers_for_a_large_one(student, rng):
    """A depthwise layer and a 1×1 layer take the share of MACs that the text promises"""
    C, F = (int(value) for value in rng.integers(5, 30, size=2))
    pair = [depthwise(1, (3, 3), padding="same"), conv2d(F, (1, 1))]
    whole = [conv2d(F, (3, 3), padding="same")]
    right(student, [(pair, (12, 17, C)), (whole, (12, 17, C))])


@exercise("2.8", stage="hand")
def test_the_layer_of_lenet_that_works_most(student):
    """DOMINANT_LAYER is the layer of LENET that takes the most MACs"""
    lenet = [
        conv2d(6, (5, 5)),
        pool((2, 2), (2, 2)),
        conv2d(16, (5, 5)),
        pool((2, 2), (2, 2)),
        FLATTEN,
        *map(dense, (120, 84, 10)),
    ]
    right_index = int(np.argmax(multiplications(lenet, (32, 32, 1))))
    which = student.DOMINANT_LAYER
    holds(
        isinstance(which, (int, np.integer))
        and not isinstance(which, bool)
        and which == right_index,
        "Another layer takes more MACs.",
        got=which,
    )
