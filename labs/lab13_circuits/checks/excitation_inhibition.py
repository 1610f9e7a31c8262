"""The visible checks of 13.4."""

import numpy as np

from nablab.checking import check, close, contract, holds, left_alone
from nablab.reference.circuits import excitation_inhibition, top_connections
from nablab.sandbox.student import parameters

from .oracles import several, wave

BY_HAND = np.array([[[[2, -4]], [[-1, 0]], [[3, 4]]]])  # (1, 3, 1, 2)
KERNEL = wave((3, 2, 5, 4)) + 0.1
# Whole numbers, with ties in strength: channels 0 and 1 of unit 2, and others.
TIES = np.array([[[3, 1, -5], [-2, 3, 5], [0, 4, 2]], [[1, 0, 0], [2, -1, 0], [-4, 0, 1]]])[None]


def both_are_right(student, w, says=""):
    got = several(left_alone(student, "excitation_inhibition", w), 2, "exc and inh, in this order")
    for found, expected, name in zip(got, excitation_inhibition(w), ("exc", "inh"), strict=True):
        close(found, expected, f"{says} {name}.".strip(), given={"w": w}, constant=True, atol=1e-6)


def list_is_right(student, w, k, says=""):
    got, expected = left_alone(student, "top_connections", w, k), top_connections(w, k)
    holds(
        len(np.shape(got)) == 2 and np.shape(got)[1] == 2,
        f"It should be a list of pairs (c, f), but has the shape {np.shape(got)}.",
        got=got,
    )
    close(got, expected, says, given={"w": w, "k": k}, constant=True)
    return got


@check("contract")
def test_two_sums_for_each_pair(student):
    """excitation_inhibition returns exc and inh, both (C, F); top_connections pairs (c, f)"""
    got = several(contract(student, "excitation_inhibition", KERNEL), 2, "exc and inh")
    for one in got:
        holds(np.shape(one) == (5, 4), f"Expected the shape (5, 4), got {np.shape(one)}.", got=one)
    holds(
        parameters(student, "top_connections")[:2] == ("w", "k"),
        "top_connections takes (w, k), in this order.",
    )
    got = student.top_connections(KERNEL, 3)
    holds(np.shape(got) == (3, 2), f"Three pairs, and a result of shape {np.shape(got)}.", got=got)


@check("hand")
def test_the_kernel_of_the_text(student):
    """The kernel of the text: exc (5, 4), inh (1, 4), and the strongest is (0, 1)"""
    both_are_right(student, BY_HAND)
    list_is_right(student, BY_HAND, 2)


@check("probe")
def test_one_sign_only(student):
    """Of positive weights inh is 0, of negative ones exc, and neither is below 0"""
    both_are_right(student, np.abs(KERNEL), "Positive weights.")
    both_are_right(student, -np.abs(KERNEL), "Negative weights.")


@check()
def test_the_difference_is_the_sum(student):
    """exc − inh is the sum of the weights, exc + inh that of their sizes"""
    exc, inh = several(student.excitation_inhibition(KERNEL), 2, "exc and inh")
    close(np.subtract(exc, inh), KERNEL.sum(axis=(0, 1)), "exc − inh.", atol=1e-5)
    close(np.add(exc, inh), np.abs(KERNEL).sum(axis=(0, 1)), "exc + inh.", atol=1e-5)


@check("probe")
def test_equal_ones_in_order(student):
    """Of equally strong connections the smaller c comes first, then the smaller f"""
    list_is_right(student, TIES, 9, "All nine.")
    list_is_right(student, TIES, 3, "The first three.")


@check()
def test_more_than_there_are(student):
    """k may be 1, and larger than the number of pairs"""
    list_is_right(student, BY_HAND, 1)
    list_is_right(student, BY_HAND, 7, "Two pairs, k = 7.")


@check("oracle")
def test_any_kernel(student, rng):
    """Kernels of any shape, of floats and of whole numbers"""
    for w in (apart(rng, (2, 3, 7, 5)), rng.integers(-9, 9, size=(3, 3, 2, 4))):
        both_are_right(student, w)
        list_is_right(student, w, 6)


def apart(rng, shape):
    """A kernel whose connections differ in strength by far more than rounding."""
    w = rng.normal(size=shape)
    wanted = rng.permutation(1 + np.arange(shape[2] * shape[3])).reshape(shape[2:])
    return w * wanted / np.abs(w).sum(axis=(0, 1))


PROBES = [
    ("excitation_inhibition", (KERNEL,)),
    ("top_connections", (KERNEL, 5)),
    ("top_connections", (TIES, 9)),
    ("top_connections", (BY_HAND, 7)),
]
