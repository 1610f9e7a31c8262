"""Hidden checks of N.7.

The right answers are not computed by the formula: a row of pixels is sent through a stack of
correlations with random positive weights, one bright pixel after the other, and the pixels that
reach the first two units are the two fields."""

import math

import numpy as np

from nablab.checking import check, close, each, mutant, variant

from ..checks.oracles import draws
from ..checks.receptive_field import fields_found


def fields_are_right(student, stacks, rng, says=""):
    answers = each(student, "receptive_field", [(layers,) for layers in stacks])
    for layers, got in zip(stacks, answers, strict=True):
        text = f"{says} Size, jump and start after the layers {layers}.".strip()
        close(got, fields_found(layers, rng), text, constant=True)


@check("oracle")
def test_the_pixels_that_reach_a_unit(student, rng):
    """The pixels that reach a unit through random positive weights"""
    stacks = [draws(rng, 3, (1, 1, 1), (6, 4, 4)) for _ in range(8)]
    stacks += [[(3, 2, 1), (2, 3, 1), (4, 1, 2)], [(2, 2, 2), (5, 2, 1), (2, 1, 3)]]
    fields_are_right(student, stacks, rng)


@check()
def test_the_order_of_two_layers(student, rng):
    """A stride before a layer counts, the same stride after it does not"""
    k, s = (int(value) for value in rng.integers([3, 2], [6, 4]))
    layers = [(k, 1, 1), (2, s, 1), (3, 1, 2)]
    fields_are_right(student, [layers, [layers[1], layers[0], layers[2]], layers[::-1]], rng)


@check()
def test_small_windows_in_place_of_large_ones(student, rng):
    """m layers of 3 see as far as one of 2m + 1, without strides"""
    for m in rng.integers(2, 9, size=3):
        m = int(m)
        close(student.receptive_field([(3, 1, 1)] * m), [2 * m + 1, 1, m], f"{m} layers of 3.")
        close(student.receptive_field([(2 * m + 1, 1, 1)]), [2 * m + 1, 1, m], "One layer.")


@check()
def test_dilation_that_doubles(student, rng):
    """Dilations 1, 2, 4, … see twice as far with every layer"""
    for depth in (2, 3, 5):
        layers = [(2, 1, 2**level) for level in range(depth)]
        close(
            student.receptive_field(layers), [2**depth, 1, (2**depth - 1) / 2], f"{depth} layers."
        )
    fields_are_right(student, [[(3, 2, 1), (3, 1, 2), (3, 1, 4)]], rng)


@check()
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


@check("probe")
def test_layers_that_only_look_at_one_pixel(student, rng):
    """Windows of one pixel see no further, and their strides count all the same"""
    fields_are_right(
        student, [[(1, 1, 1)], [(1, 3, 1), (3, 1, 1)], [(1, 2, 5), (1, 2, 1), (4, 1, 2)]], rng
    )
    close(student.receptive_field([]), [1, 1, 0], "Without a layer.")


# Mutants ------------------------------------------------------------------------------------------


def fields(layers, step):
    """size, jump and start, carried through by a step."""
    now = (1, 1, 0.0)
    for layer in layers:
        now = step(*now, *layer)
    return now


@mutant(
    "You add up the strides. Each layer takes steps of s units that are already j pixels apart, so "
    "the jumps multiply.",
)
def strides_added(layers):
    return fields(
        layers,
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j + s - 1, c + d * (k - 1) / 2 * j),
    )


@mutant("The dilation is ignored: a spread window reaches d·(k − 1) units further.")
def dilation_ignored_in_fields(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + (k - 1) * j, j * s, c + (k - 1) / 2 * j))


@mutant(
    "You multiply by a layer's stride before you use the jump. The units in its window are apart by "
    "the jump of the layers before; its own stride counts only for the next layer.",
)
def own_stride_too_early(layers):
    return fields(
        layers,
        lambda r, j, c, k, s, d: (
            r + d * (k - 1) * j * s,
            j * s,
            c + d * (k - 1) / 2 * j * s,
        ),
    )


@mutant(
    "You leave the strides out of the sizes: every layer adds d·(k − 1) pixels, however far apart the "
    "units are that it reads.",
)
def sizes_without_jumps(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * (k - 1), j * s, c + d * (k - 1) / 2))


@mutant(
    "You add a whole window for every layer. Its first pixel is there already: add k − 1 steps.",
)
def whole_windows_added(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * k * j, j * s, c + d * (k - 1) / 2 * j))


@mutant(
    "You go through the layers from the last to the first, with the formulas for the other "
    "direction. The first layer of the list is the one at the input.",
)
def layers_from_the_end(layers):
    return fields(
        layers[::-1],
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) / 2 * j),
    )


@mutant(
    "Your start is the first pixel of the field. It is the centre of the field, (r − 1)/2 further on.",
)
def start_at_the_first_pixel(layers):
    return fields(layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, 0.0))


@mutant(
    "Your start is rounded down. The centre of an even window lies between two pixels: at a half.",
)
def start_rounded_down(layers):
    return fields(
        layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) // 2 * j)
    )


@mutant(
    "Your start is half the size, as if pixel 0 began at 0. Pixels have their centres at 0, 1, 2, …: "
    "a field of 7 pixels from 0 to 6 has its centre at 3.",
)
def start_at_half_the_size(layers):
    size, jump, start = fields(
        layers,
        lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) / 2 * j),
    )
    return size, jump, start + 0.5


@mutant(
    "Your start moves as far as the size grows. A field grows to both sides of its centre, so the "
    "centre moves half as far.",
)
def start_moves_too_far(layers):
    return fields(
        layers, lambda r, j, c, k, s, d: (r + d * (k - 1) * j, j * s, c + d * (k - 1) * j)
    )


# Variants -----------------------------------------------------------------------------------------


@variant("backwards from one unit, as in Araujo and colleagues")
def field_from_the_end(layers):
    size = 1
    for k, s, d in reversed(layers):
        size = (size - 1) * s + d * (k - 1) + 1
    return size, math.prod(s for _, s, _ in layers), (size - 1) / 2


@variant("the first and the last pixel of two units, as a list")
def field_by_ends(layers):
    first, last, step = 0, 0, 1
    for k, s, d in layers:
        last += d * (k - 1) * step
        step *= s
    return [last - first + 1, step, (first + last) / 2]


@variant("float32, by a cumulative product, as an array")
def field_in_float32(layers):
    if not layers:
        return np.array([1, 1, 0], dtype=np.float32)
    k, s, d = np.array(layers, dtype=np.float32).T
    jumps = np.concatenate([[np.float32(1)], np.cumprod(s)])
    reach = np.sum(d * (k - 1) * jumps[:-1])
    return np.array([1 + reach, jumps[-1], reach / 2], dtype=np.float32)


@variant("by the sets of pixels that two units read")
def field_by_sets(layers):
    ends = []
    for unit in (0, 1):
        seen = {unit}
        for k, s, d in layers[::-1]:
            seen = {i * s + u * d for i in seen for u in (0, k - 1)}
        ends.append((min(seen), max(seen)))
    (a, b), (c, e) = ends
    return b - a + 1, (c + e - a - b) / 2, (a + b) / 2
