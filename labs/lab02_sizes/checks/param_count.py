"""The visible checks of 2.6."""

from nablab.checking import check, contract, each, equal
from nablab.reference.counting import param_count, shapes_through

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

LENET_COUNTS = [156, 0, 2416, 0, 0, 48120, 10164, 850]


@check("contract")
def test_a_list_of_counts_and_a_shape(student):
    """param_count returns a whole number for each layer, output_shape a tuple of whole numbers"""
    contract(student, "param_count", LENET, (32, 32, 1), shape=(8,), kind="int")
    contract(student, "output_shape", LENET[0], (32, 32, 1), shape=(3,), kind="int")


@check("hand")
def test_lenet_of_the_text(student):
    """LENET holds 156, 2416, 48120, 10164 and 850 numbers, and none in the layers between"""
    equal(student.param_count(LENET, (32, 32, 1)), LENET_COUNTS)


@check("hand")
def test_shapes_through_lenet(student):
    """The shapes of LENET are those of the text"""
    shapes_are_right(student, LENET, (32, 32, 1))


def shapes_are_right(student, layers, input_shape):
    shapes = shapes_through(layers, input_shape)
    calls = list(zip(layers, shapes, strict=False))
    answers = each(student, "output_shape", calls)
    for (layer, before), got, after in zip(calls, answers, shapes[1:], strict=True):
        equal(got, after, f"{in_words(layer)}, given {before}.")


@check("probe")
def test_one_layer_of_each_kind(student):
    """One layer of each kind, alone"""
    for layer, shape in (
        (dense(7), (11,)),
        (dense(7, bias=False), (11,)),
        (conv2d(5, (3, 2)), (7, 8, 4)),
        (conv2d(5, (3, 2), bias=False), (7, 8, 4)),
        (depthwise(1, (3, 3)), (9, 8, 16)),
        (depthwise(3, (2, 5)), (9, 8, 4)),
        (pool(), (7, 8, 4)),
        (FLATTEN, (7, 8, 4)),
        (NORM, (7, 8, 16)),
        (embedding(1000, 50), (13,)),
    ):
        equal(
            student.param_count([layer], shape),
            param_count([layer], shape),
            f"{in_words(layer)}, given {shape}.",
        )


@check("probe")
def test_sides_strides_and_paddings(student):
    """Shapes where the two sides, strides and paddings differ"""
    shapes_are_right(student, MIXED, (11, 9, 3))
    shapes_are_right(student, TEXT, (13,))


@check()
def test_parameters_do_not_depend_on_the_size_of_the_image(student):
    """Without dense layers, the number of parameters is the same for an image of any size"""
    layers = MIXED[:5]
    for shape in ((11, 9, 3), (31, 20, 3)):
        equal(student.param_count(layers, shape), param_count(layers, shape), f"Images {shape}.")


@check("oracle")
def test_two_mixed_networks(student):
    """A network with all kinds of image layers, and one that reads words"""
    equal(student.param_count(MIXED, (11, 9, 3)), param_count(MIXED, (11, 9, 3)))
    equal(student.param_count(TEXT, (13,)), param_count(TEXT, (13,)))


PROBES = [
    ("param_count", (LENET, (32, 32, 1))),
    ("param_count", (MIXED, (11, 9, 3))),
    ("param_count", (TEXT, (13,))),
    ("param_count", ([depthwise(3, (2, 5))], (9, 8, 4))),
]
