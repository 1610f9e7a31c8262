"""The visible checks of N.1."""

import numpy as np

from nablab.checking import check, close, contract, equal, refuses
from nablab.checking.expect import as_numbers
from nablab.sandbox.student import StudentError


@check("contract")
def test_fans_returns_two_numbers(student):
    """fans takes a shape and a kind and returns two numbers"""
    contract(student, "fans", (3, 5, 7, 11), shape=(2,))


@check("hand")
def test_the_kernels_of_the_text(student):
    """The kernels of the text have the fans 105 and 165, and 15 and 30"""
    equal(student.fans((3, 5, 7, 11), "conv"), (105, 165), "The convolution (3, 5, 7, 11).")
    equal(student.fans((3, 5, 7, 2), "depthwise"), (15, 30), "The depthwise (3, 5, 7, 2).")


@check("hand")
def test_a_dense_kernel(student):
    """A dense kernel (10, 4) has the fans 10 and 4, with the kind "conv" too"""
    equal(student.fans((10, 4), "dense"), (10, 4), 'The kernel (10, 4) with the kind "dense".')
    equal(student.fans((10, 4), "conv"), (10, 4), 'The kernel (10, 4) with the kind "conv".')
    equal(student.fans((10, 4)), (10, 4), 'No kind is given, so it is "conv".')


@check("probe")
def test_windows_of_one_and_three_sides(student):
    """A window may have one side or three"""
    for shape, kind, right in (
        ((3, 5, 7), "conv", (15, 21)),
        ((2, 3, 5, 7, 11), "conv", (210, 330)),
        ((5, 7, 3), "depthwise", (5, 15)),
        ((2, 3, 5, 7, 11), "depthwise", (30, 330)),
    ):
        equal(student.fans(shape, kind), right, f"The {kind} kernel {shape}.")


@check("probe")
def test_what_is_no_kernel(student):
    """An unknown kind and a shape with too few axes raise ValueError"""
    refuses(student.fans, (3, 5), "pooling", says='There is no kind "pooling".')
    refuses(student.fans, (7,), "conv", says="The shape (7,) has one axis.")
    refuses(student.fans, (3, 5, 7), "dense", says="A dense kernel has two axes, not three.")
    refuses(student.fans, (5, 7), "depthwise", says="A depthwise kernel has a window.")


@check()
def test_both_fans_count_the_same_products(student, rng):
    """fan_in times the outputs and fan_out times the inputs both count all weights"""
    for _ in range(5):
        shape = tuple(int(n) for n in rng.integers(2, 13, size=rng.integers(2, 6)))
        got = as_numbers(student.fans(shape, "conv"))
        close(
            got * shape[:-3:-1],
            [np.prod(shape)] * 2,
            f"fan_in · {shape[-1]} and fan_out · {shape[-2]} of the kernel {shape}.",
            constant=True,
        )


def probe_refusals(student):
    """Which calls fans refuses."""
    return [
        refused(student, *call) for call in (((3, 5), "pooling"), ((7,),), ((5, 7), "depthwise"))
    ]


def refused(student, *call):
    try:
        student.fans(*call)
    except StudentError:
        return True
    return False


PROBES = [
    ("fans", ((3, 5, 7, 11), "conv")),
    ("fans", ((10, 4), "dense")),
    ("fans", ((3, 5, 7, 2), "depthwise")),
    ("fans", ((3, 5, 7), "conv")),
    probe_refusals,
]
