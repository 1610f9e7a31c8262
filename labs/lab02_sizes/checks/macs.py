"""The visible checks of 2.8."""

import numpy as np

from nablab.checking import check, contract, equal, holds
from nablab.reference.counting import multiplications

from .oracles import (
    FLATTEN,
    LENET,
    MIXED,
    NORM,
    TEXT,
    conv2d,
    dense,
    depthwise,
    embedding,
    in_words,
    pool,
)


def total(layers, input_shape):
    return sum(multiplications(layers, input_shape))


def is_whole(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


@check("contract")
def test_one_number_and_an_index(student):
    """macs returns one whole number, and DOMINANT_LAYER is an index into LENET"""
    contract(student, "macs", LENET, (32, 32, 1), shape=(), kind="int")
    which = student.DOMINANT_LAYER
    holds(
        is_whole(which) and 0 <= which < 8,
        "Set DOMINANT_LAYER to a whole number from 0 to 7.",
        got=which,
    )


@check("hand")
def test_lenet_layer_by_layer(student):
    """LENET takes 416,520 MACs: 117,600 and 240,000 in its convolutions, the rest after them"""
    counts = multiplications(LENET, (32, 32, 1))
    for end in (1, 2, 3, 5, 6, 7, 8):
        equal(
            student.macs(LENET[:end], (32, 32, 1)),
            sum(counts[:end]),
            f"LENET up to layer {end - 1}.",
        )


@check("hand")
def test_which_layer_works_most(student):
    """DOMINANT_LAYER is the layer of LENET that takes the most MACs"""
    which = student.DOMINANT_LAYER
    holds(
        is_whole(which) and which == 2,
        "Compare the layers' MACs, not their parameters: macs(LENET[:i + 1], (32, 32, 1)) minus "
        "macs(LENET[:i], (32, 32, 1)).",
        got=which,
    )


@check("probe")
def test_macs_of_one_layer_of_each_kind(student):
    """One layer of each kind, alone"""
    for layer, shape in (
        (dense(7), (11,)),
        (dense(7), (13, 11)),
        (conv2d(5, (3, 2), (2, 1)), (7, 8, 4)),
        (conv2d(5, (3, 2), (1, 3), "same", bias=False), (7, 8, 4)),
        (depthwise(3, (2, 5)), (9, 8, 4)),
        (pool(), (7, 8, 4)),
        (FLATTEN, (7, 8, 4)),
        (NORM, (7, 8, 16)),
        (embedding(1000, 50), (13,)),
    ):
        equal(
            student.macs([layer], shape),
            total([layer], shape),
            f"{in_words(layer)}, given {shape}.",
        )


@check()
def test_twice_the_image(student):
    """Without dense layers, an image twice as tall and twice as wide is four times the work"""
    layers = [conv2d(4, (3, 2), padding="same"), pool(), depthwise(2, padding="same"), NORM]
    for shape in ((6, 10, 3), (12, 20, 3)):
        equal(student.macs(layers, shape), total(layers, shape), f"Images {shape}.")


@check("oracle")
def test_macs_of_two_mixed_networks(student):
    """A network with all kinds of image layers, and one that reads words"""
    equal(student.macs(MIXED, (11, 9, 3)), total(MIXED, (11, 9, 3)))
    equal(student.macs(TEXT, (13,)), total(TEXT, (13,)))


PROBES = [
    ("macs", (LENET, (32, 32, 1))),
    ("macs", (MIXED, (11, 9, 3))),
    ("macs", (TEXT, (13,))),
    ("macs", ([depthwise(3, (2, 5))], (9, 8, 4))),
    "DOMINANT_LAYER",
]
