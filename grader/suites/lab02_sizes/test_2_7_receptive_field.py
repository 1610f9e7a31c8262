"""Hidden checks of 2.7.

The right answers are not computed by the formula: a row of pixels is sent through a stack of
correlations with random positive weights, one bright pixel after the other, and the pixels that
reach the first two units are the two fields.
"""

import numpy as np

from nablab.checking import close, each, exercise
from nablab.reference.receptive import reached


def found(layers, rng):
    """Size, jump and start, by trying."""
    n = 2
    for k, s, d in reversed(layers):  # pixels enough for two units
        n = (n - 1) * s + d * (k - 1) + 1
    weights = [rng.uniform(0.5, 2, size=k) for k, _, _ in layers]
    seen = reached(layers, weights, n + 3) > 0
    (first, last), (second, end) = (np.flatnonzero(seen[:, unit])[[0, -1]] for unit in (0, 1))
    return [last - first + 1, (second + end) / 2 - (first + last) / 2, (first + last) / 2]


def fields_are_right(student, stacks, rng, says=""):
    answers = each(student, "receptive_field", [(layers,) for layers in stacks])
    for layers, got in zip(stacks, answers, strict=True):
        text = f"{says} Size, jump and start after the layers {layers}.".strip()
        close(got, found(layers, rng), text, constant=True)


def stack(rng, depth, top=(6, 4, 4)):
    return [tuple(map(int, one)) for one in rng.integers(1, top, size=(depth, 3))]


@exercise("2.7", stage="oracle")
def test_the_pixels_that_reach_a_unit(student, rng):
    """The pixels that reach a unit through random positive weights"""
    stacks = [stack(rng, 3) for _ in range(8)]
    stacks += [[(3, 2, 1), (2, 3, 1), (4, 1, 2)], [(2, 2, 2), (5, 2, 1), (2, 1, 3)]]
    fields_are_right(student, stacks, rng)


@exercise("2.7")
def test_the_order_of_two_layers(student, rng):
    """A stride before a layer counts, the same stride after it does not"""
    k, s = (int(value) for value in rng.integers([3, 2], [6, 4]))
    layers = [(k, 1, 1), (2, s, 1), (3, 1, 2)]
    fields_are_right(student, [layers, [layers[1], layers[0], layers[2]], layers[::-1]], rng)


@exercise("2.7")
def test_small_windows_in_place_of_large_ones(student, rng):
    """m layers of 3 see as far as one of 2m + 1, without strides"""
    for m in rng.integers(2, 9, size=3):
        m = int(m)
        close(student.receptive_field([(3, 1, 1)] * m), [2 * m + 1, 1, m], f"{m} layers of 3.")
        close(student.receptive_field([(2 * m + 1, 1, 1)]), [2 * m + 1, 1, m], "One layer.")


@exercise("2.7")
def test_dilation_that_doubles(student, rng):
    """Dilations 1, 2, 4, … see twice as far with every layer"""
    for depth in (2, 3, 5):
        layers = [(2, 1, 2**level) for level in range(depth)]
        close(
            student.receptive_field(layers), [2**depth, 1, (2**depth - 1) / 2], f"{depth} layers."
        )
    fields_are_right(student, [[(3, 2, 1), (3, 1, 2), (3, 1, 4)]], rng)


@exercise("2.7")
def test_a_deep_stack(student, rng):
    """A deep stack of convolutions and pooling, as in real networks"""
    layers = [
        (7, 2, 1),
        (3, 2, 1),
        (3, 1, 1),
        (3, 1, 1),
        (3, 2, 1),
        (3, 1, 1),
        (2, 2, 1),
        (3, 1, 1),
    ]
    fields_are_right(student, [layers[:depth] for depth in (2, 5, 8)], rng)


@exercise("2.7", stage="probe")
def test_layers_that_only_look_at_one_pixel(student, rng):
    """Windows of one pixel see no further, and their strides count all the same"""
    fields_are_right(
        student, [[(1, 1, 1)], [(1, 3, 1), (3, 1, 1)], [(1, 2, 5), (1, 2, 1), (4, 1, 2)]], rng
    )
    close(student.receptive_field([]), [1, 1, 0], "Without a layer.")
