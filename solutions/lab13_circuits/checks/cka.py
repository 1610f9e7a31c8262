"""The visible checks of N.8."""

import numpy as np

from nablab.checking import check, close, contract, left_alone
from nablab.reference.circuits import cka as right
from nablab.sandbox.student import arguments_after_call

from .oracles import wave

X, Y = wave((11, 3)) + 2, wave((11, 5), 1.9) - 1
WIDE = wave((7, 13), 2.1) + 0.5


def similarity_is_right(student, X, Y, says=""):
    close(
        left_alone(student, "cka", X, Y),
        right(X, Y),
        says or f"X {np.shape(X)}, Y {np.shape(Y)}.",
        given={"X": X, "Y": Y},
        atol=1e-5,
    )


def turned(rng, columns):
    """A random turn of the space, mirrored or not."""
    return np.linalg.qr(rng.normal(size=(columns, columns)))[0]


@check("contract")
def test_one_number(student):
    """cka returns one number, and leaves both arrays as they are"""
    contract(student, "cka", X, Y, shape=())


@check("hand")
def test_the_columns_of_the_text(student):
    """The columns of the text have 4/(2√40) = 0.316"""
    similarity_is_right(student, np.array([[0], [1], [2]]), np.array([[2, 0], [1, 3], [0, 0]]))


@check("probe")
def test_a_layer_and_itself(student):
    """A layer and itself have 1, also with more units than images"""
    for one in (X, Y, WIDE):
        close(student.cka(one, one), 1.0, f"X and Y are equal, {one.shape}.")


@check("probe")
def test_the_means_do_not_matter(student):
    """Numbers added to whole columns change nothing"""
    close(
        student.cka(X + np.array([5, -3, 40]), Y - 7),
        right(X, Y),
        "Each column moved.",
        atol=1e-5,
    )


@check()
def test_turns_and_scale_do_not_matter(student, rng):
    """A layer that is turned, or scaled as a whole, is the same layer"""
    expected = right(X, Y)
    close(student.cka(X @ turned(rng, 3), Y), expected, "X turned.", atol=1e-5)
    close(student.cka(X, -0.01 * (Y @ turned(rng, 5))), expected, "Y turned and scaled.", atol=1e-5)


@check()
def test_stretching_does_matter(student):
    """A layer of which one unit is stretched is another layer"""
    stretched = X * np.array([1.0, 9.0, 1.0])
    similarity_is_right(student, X, stretched, "One unit nine times as strong.")
    similarity_is_right(student, stretched, Y, "One unit nine times as strong.")


@check("oracle")
def test_any_two_layers(student, rng):
    """Layers of any sizes, also with more units than images, of floats, whole numbers and bytes"""
    similarity_is_right(student, rng.normal(size=(17, 4)) + 3, rng.normal(size=(17, 2)))
    similarity_is_right(student, rng.normal(size=(6, 19)), rng.normal(size=(6, 8)) - 2)
    similarity_is_right(student, rng.integers(-9, 9, size=(13, 5)), rng.normal(size=(13, 3)))
    similarity_is_right(
        student, rng.integers(0, 256, size=(13, 4)).astype(np.uint8), rng.normal(size=(13, 3))
    )


def probe_arguments(student):
    """The arrays as they are afterwards."""
    _, after = arguments_after_call(student, "cka", X.copy(), Y.copy())
    return list(after)


PROBES = [
    probe_arguments,
    ("cka", (X, Y)),
    ("cka", (WIDE, wave((7, 2), 0.4))),
    ("cka", (X, X * [1, 9, 1])),
    ("cka", ((20 * X + 100).astype(np.uint8), np.round(40 * Y + 100).astype(np.uint8))),
]
