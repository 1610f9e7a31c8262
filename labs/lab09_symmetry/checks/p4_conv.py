"""The visible checks of 9.5."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.reference.group import p4_conv, p4_lift

from .oracles import turned_and_moved_on, wave


def features(x):
    return np.asarray(x, dtype=float).max(axis=3).mean(axis=(1, 2))


ONES_TO_THOUSANDS = np.array([1, 10, 100, 1000]).reshape(1, 1, 1, 4, 1)
ONE_AND_TWO = np.array([1, 2, 0, 0]).reshape(1, 1, 4, 1, 1)


@check("contract")
def test_maps_of_four_directions(student):
    """Maps (2, 6, 5, 4, 3) and filters (2, 2, 4, 3, 6) give a NumPy array (2, 5, 4, 4, 6)"""
    x, w = wave((2, 6, 5, 4, 3)), wave((2, 2, 4, 3, 6), 0.4)
    contract(student, "p4_conv", x, w, shape=(2, 5, 4, 4, 6), array=True)


@check("contract")
def test_one_number_for_each_image_and_filter(student):
    """p4_features makes (2, 6) of maps (2, 3, 5, 4, 6), and leaves them alone"""
    contract(student, "p4_features", wave((2, 3, 5, 4, 6)), shape=(2, 6))


@check("hand")
def test_the_numbers_of_the_text(student):
    """One pixel, 1 10 100 1000 in the four directions, and the filter 1 2 0 0"""
    close(
        student.p4_conv(ONES_TO_THOUSANDS, ONE_AND_TWO),
        np.array([21, 210, 2100, 1002]).reshape(1, 1, 1, 4, 1),
        given={"x": ONES_TO_THOUSANDS, "w": ONE_AND_TWO},
    )


@check("probe")
def test_maximum_over_directions_then_mean_over_places(student):
    """The features of two places: (7 + 6)/2 for 1 7 2 3 and 6 0 4 −1; below 0 too"""
    x = np.array([[1, 7, 2, 3], [6, 0, 4, -1]]).reshape(1, 1, 2, 4, 1)
    close(student.p4_features(x), [[6.5]], given={"x": x})
    close(student.p4_features(x - 9), [[-2.5]], given={"x": x - 9})


@check("probe")
def test_a_filter_that_looks_at_one_direction(student):
    """A filter that looks at one direction only shows how its pixels turn and its slice moves"""
    for s in range(4):
        w = np.zeros((2, 2, 4, 1, 1))
        w[0, :, s, 0, 0] = 1, 10
        x = np.round(5 * wave((1, 3, 4, 4, 1)))
        close(
            student.p4_conv(x, w),
            p4_conv(x, w),
            f"Slice {s} of the filter is 1 10; 0 0, and the other slices are 0.",
            given={"x": x, "w": w},
        )


@check()
def test_maps_that_turn_and_move_on_give_such_maps(student, rng):
    """If the maps turn and move on by one, so does the result"""
    x, w = rng.normal(size=(2, 5, 5, 4, 2)), rng.normal(size=(3, 3, 4, 2, 3))
    close(
        student.p4_conv(turned_and_moved_on(x), w),
        turned_and_moved_on(p4_conv(x, w)),
        atol=rounding(p4_conv, x, w),
    )


@check("oracle")
def test_maps_and_filters_of_any_shape(student, rng):
    """Maps and filters of any shape, even filters among them, in any order in memory"""
    for shape, k, F in (((2, 5, 4, 4, 3), 2, 5), ((1, 4, 6, 4, 1), 3, 2), ((3, 4, 5, 4, 2), 4, 1)):
        x = rng.normal(size=shape[::-1]).T  # a view
        w = rng.normal(size=(F, shape[4], 4, k, k)).T
        close(
            student.p4_conv(x, w),
            p4_conv(x, w),
            f"Maps {shape} and filters {w.shape}.",
            atol=rounding(p4_conv, x, w),
        )
        close(student.p4_features(x), features(x), f"The features of maps {shape}.")


def features_of_turned(student):
    x = p4_lift(wave((2, 5, 4, 1)), wave((2, 2, 1, 3), 0.4))
    return student.p4_features(x)


PROBES = [
    ("p4_conv", (wave((2, 4, 5, 4, 2)), wave((3, 3, 4, 2, 3), 0.4))),
    ("p4_conv", (wave((1, 3, 3, 4, 1)), wave((1, 1, 4, 1, 2), 0.9))),
    features_of_turned,
    ("p4_features", (wave((2, 3, 5, 4, 2)) - 2,)),
    ("p4_features", (np.arange(16).reshape(1, 2, 1, 4, 2) ** 2 % 37 - 20,)),
]
