"""The visible checks of 9.4."""

import numpy as np

from nablab.checking import check, close, contract, rounding
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.group import p4_lift

from .oracles import turned_and_moved_on, wave

TWO_BY_TWO = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
ONE_AND_TEN = np.array([[1, 10], [0, 0]]).reshape(2, 2, 1, 1)


@check("contract")
def test_four_maps_for_each_filter(student):
    """Images (2, 7, 5, 3) and filters (2, 2, 3, 6) give a NumPy array (2, 6, 4, 4, 6)"""
    x, w = wave((2, 7, 5, 3)), wave((2, 2, 3, 6), 0.4)
    contract(student, "p4_lift", x, w, shape=(2, 6, 4, 4, 6), array=True)


@check("hand")
def test_the_numbers_of_the_text(student):
    """The image 1 2; 3 4 and the filter 1 10; 0 0 give 21, 13, 34, 42"""
    close(
        student.p4_lift(TWO_BY_TWO, ONE_AND_TEN),
        np.array([21, 13, 34, 42]).reshape(1, 1, 1, 4, 1),
        given={"x": TWO_BY_TWO, "w": ONE_AND_TEN},
    )


@check("probe")
def test_the_first_maps_are_an_ordinary_convolution(student, rng):
    """The maps of r = 0 are those of an ordinary convolution"""
    x, w = rng.normal(size=(2, 5, 6, 3)), rng.normal(size=(3, 3, 3, 5))
    got = student.p4_lift(x, w)
    shape = (2, 3, 4, 4, 5)
    close(
        got[:, :, :, 0] if np.shape(got) == shape else got,
        conv_nd(x, w) if np.shape(got) == shape else p4_lift(x, w),
        atol=rounding(conv_nd, x, w),
    )


@check("probe")
def test_channels_and_filters_stay_where_they_are(student):
    """A 1×1 filter has nothing to turn: all four maps are equal"""
    x, w = wave((2, 3, 5, 3)), wave((1, 1, 3, 2), 0.4)
    close(
        student.p4_lift(x, w),
        p4_lift(x, w),
        "The filter has one pixel. A turn moves pixels, not channels or filters.",
        given={"x": x, "w": w},
    )


@check()
def test_turn_the_images_and_the_maps_turn_and_move_on(student, rng):
    """Turn the images by a quarter turn: the maps turn, and each moves on to the next place"""
    x, w = rng.normal(size=(2, 5, 5, 2)), rng.normal(size=(3, 3, 2, 3))
    close(
        student.p4_lift(np.rot90(x, axes=(1, 2)), w),
        turned_and_moved_on(p4_lift(x, w)),
        "The images were turned by np.rot90(x, axes=(1, 2)).",
        atol=rounding(p4_lift, x, w),
    )


@check("oracle")
def test_images_and_filters_of_any_shape(student, rng):
    """Images and filters of any shape, even filters among them, in any order in memory"""
    for shape, k, F in (((2, 6, 5, 3), 2, 5), ((1, 4, 7, 1), 4, 2), ((3, 5, 6, 2), 3, 4)):
        x = rng.normal(size=shape[::-1]).T  # a view
        w = rng.normal(size=(F, shape[3], k, k)).T
        for filters in (w, np.rint(3 * w).astype(int)):
            close(
                student.p4_lift(x, filters),
                p4_lift(x, filters),
                f"Images {shape} and filters {w.shape} of {filters.dtype}.",
                atol=rounding(p4_lift, x, filters),
            )


PROBES = [
    ("p4_lift", (wave((2, 4, 5, 2)), wave((2, 2, 2, 3), 0.4))),
    ("p4_lift", (wave((1, 5, 5, 1)), wave((3, 3, 1, 2), 0.9))),
    ("p4_lift", (wave((1, 3, 4, 1)), np.array([[1, 2], [0, -1]]).reshape(2, 2, 1, 1))),
]
