"""Hidden checks of exercise 5.1."""

import numpy as np

from nablab.checking import close, each, equal, exercise, refuses
from nablab.checking.expect import as_numbers
from nablab.reference.initialization import fans


def shapes_of(rng, window_sides, count=6):
    """Shapes whose sides are pairwise different."""
    return [
        tuple(int(n) for n in rng.permutation(np.arange(2, 14))[: window_sides + 2])
        for _ in range(count)
    ]


def fans_are(student, shapes, kind):
    found = each(student, "fans", [(shape, kind) for shape in shapes])
    for shape, got in zip(shapes, found, strict=True):
        equal(got, fans(shape, kind), f"The {kind} kernel {shape}.")


@exercise("5.1")
def test_dense_kernels(student, rng):
    """Dense kernels have the fans n and m"""
    fans_are(student, shapes_of(rng, 0), "dense")


@exercise("5.1")
def test_kernels_of_convolutions(student, rng):
    """Kernels of convolutions with windows of one, two and three sides"""
    for sides in (1, 2, 3):
        fans_are(student, shapes_of(rng, sides), "conv")


@exercise("5.1")
def test_depthwise_kernels(student, rng):
    """Depthwise kernels with windows of one, two and three sides"""
    for sides in (1, 2, 3):
        fans_are(student, shapes_of(rng, sides), "depthwise")


@exercise("5.1")
def test_more_channels_and_more_filters(student, rng):
    """Twice the channels double fan_in, twice the filters fan_out; of a depthwise kernel, neither
    changes fan_in"""
    kh, kw, C, F = (int(n) for n in rng.permutation(np.arange(2, 9))[:4])
    for kind, factors in (
        ("conv", [[1, 1], [2, 1], [1, 2]]),
        ("depthwise", [[1, 1], [1, 1], [1, 2]]),
    ):
        shapes = [(kh, kw, C, F), (kh, kw, 2 * C, F), (kh, kw, C, 2 * F)]
        got = as_numbers(each(student, "fans", [(shape, kind) for shape in shapes]))
        close(got, np.array(factors) * fans(shapes[0], kind), f"{kind}: the kernels {shapes}.")


@exercise("5.1")
def test_a_shape_may_be_a_list(student, rng):
    """A shape may be a list, and a window's side 1"""
    for shape, kind in (([1, 1, 7, 5], "conv"), ([3, 1, 5, 2], "depthwise"), ([5, 3], "conv")):
        equal(student.fans(shape, kind), fans(shape, kind), f"The {kind} kernel {shape}.")


@exercise("5.1")
def test_other_kinds_and_too_few_axes(student):
    """Other kinds and shapes of too few axes raise ValueError"""
    for shape, kind in (
        ((3, 5, 7, 11), "Conv"),
        ((3, 5), ""),
        ((), "conv"),
        ((5,), "dense"),
        ((2, 3, 5), "dense"),
        ((3,), "depthwise"),
        ((3, 5), "depthwise"),
    ):
        refuses(student.fans, shape, kind, says=f"The shape {shape} as {kind!r}.")
