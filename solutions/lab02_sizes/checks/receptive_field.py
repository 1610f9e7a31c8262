"""The visible checks of N.7."""

import numpy as np

from nablab.checking import check, close, contract, each, holds
from nablab.checking.expect import as_numbers
from nablab.reference.receptive import reached


def fields_are_right(student, stacks, rng=None):
    """The student's numbers equal the fields found by sending every pixel through the stack."""
    answers = each(student, "receptive_field", [(layers,) for layers in stacks])
    for layers, got in zip(stacks, answers, strict=True):
        numbers = three_numbers(got)
        for name, one, right in zip(
            ("size", "jump", "start"), numbers, fields_found(layers, rng), strict=True
        ):
            close(one, right, f"The {name} after the layers {layers}.")


def three_numbers(got):
    numbers = as_numbers(got)
    holds(numbers.shape == (3,), "Return three numbers: `return size, jump, start`.", got=got)
    return numbers


def fields_found(layers, rng=None):
    """Size, jump and start of the first unit's field, by trying which pixels reach it."""
    weights = [np.ones(k) if rng is None else rng.uniform(0.5, 2, size=k) for k, _, _ in layers]
    n = 2
    for k, s, d in reversed(layers):  # pixels enough for two units
        n = (n - 1) * s + d * (k - 1) + 1
    reads = reached(layers, weights, n) > 0
    (first, last), (second, end) = (np.flatnonzero(reads[:, unit])[[0, -1]] for unit in (0, 1))
    return [last - first + 1, (second + end) / 2 - (first + last) / 2, (first + last) / 2]


@check("contract")
def test_three_numbers(student):
    """receptive_field takes a list of layers and returns size, jump and start"""
    three_numbers(student.receptive_field([(3, 1, 1), (2, 2, 1)]))
    contract(student, "receptive_field", [(3, 1, 1), (2, 2, 1)], shape=(3,))


@check("hand")
def test_three_layers_of_three(student):
    """Three 3×3 layers see 7 pixels, around pixel 3"""
    fields_are_right(student, [[(3, 1, 1)] * 3])


@check("hand")
def test_the_stack_of_the_text(student):
    """3×3, pooling and 3×3 give (8, 2, 3.5), with the pooling first (10, 2, 4.5)"""
    fields_are_right(
        student, [[(3, 1, 1), (2, 2, 1), (3, 1, 1)], [(2, 2, 1), (3, 1, 1), (3, 1, 1)]]
    )


@check("probe")
def test_the_input_itself(student):
    """Without layers a unit is a pixel: (1, 1, 0)"""
    close(student.receptive_field([]), [1, 1, 0])


@check("probe")
def test_one_layer_alone(student):
    """One layer alone, with its stride or with dilation"""
    fields_are_right(student, [[(5, 1, 1)], [(4, 3, 1)], [(3, 1, 4)], [(2, 1, 1)], [(1, 2, 1)]])


@check()
def test_strides_multiply(student):
    """Strides multiply, and dilation counts in steps of the jump"""
    fields_are_right(
        student,
        [
            [(3, 2, 1), (3, 2, 1), (3, 2, 1)],
            [(2, 3, 1), (4, 2, 1), (3, 1, 1)],
            [(3, 2, 1), (3, 1, 2), (2, 1, 3)],
        ],
    )


@check("oracle")
def test_the_pixels_that_really_reach_it(student, rng):
    """The pixels that reach the first unit of a stack with random positive weights"""
    fields_are_right(
        student,
        [[(3, 1, 2), (2, 2, 1), (5, 1, 1)], [(7, 2, 1), (3, 2, 1), (3, 1, 1), (2, 1, 2)]],
        rng,
    )


PROBES = [
    ("receptive_field", (layers,))
    for layers in (
        [(3, 1, 1)] * 3,
        [(3, 1, 1), (2, 2, 1), (3, 1, 1)],
        [(3, 2, 1), (3, 2, 1), (3, 2, 1)],
        [(2, 3, 1), (4, 2, 2), (3, 1, 1)],
    )
]
