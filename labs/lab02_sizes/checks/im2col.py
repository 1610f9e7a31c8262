"""The visible checks of 2.5."""

from functools import partial

import numpy as np

from nablab.checking import check, close, contract, each, equal, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import conv
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.unrolled import im2col

from .oracles import arguments

TWELVE = np.arange(1, 13).reshape(2, 3, 2)


IN_ORDER = ("H", "W", "C", "kh", "kw", "s", "itemsize")


def bytes_of_patches(H, W, C, kh, kw, s, itemsize):
    return im2col(np.zeros((H, W, C)), kh, kw, s).size * itemsize


@check("contract")
def test_patches_maps_and_bytes(student):
    """The three functions return a matrix (6, 18), a map (3, 2, 4) and a whole number"""
    x = np.arange(105.0).reshape(7, 5, 3) % 8
    contract(student, "im2col", x, 3, 2, 2, shape=(6, 18))
    w = np.arange(72.0).reshape(3, 2, 3, 4) % 7 - 3
    contract(student, "conv_im2col", x, w, 2, shape=(3, 2, 4))
    contract(student, "im2col_bytes", 7, 5, 3, 3, 2, 2, 8, shape=(), kind="int")


@check("hand")
def test_the_patches_of_the_text(student):
    """The two patches of the text"""
    close(
        student.im2col(TWELVE, 2, 2, 1),
        [[1, 2, 3, 4, 7, 8, 9, 10], [3, 4, 5, 6, 9, 10, 11, 12]],
        given={"x": TWELVE},
    )


@check("hand")
def test_the_bytes_of_the_text(student):
    """The patches of the colour photograph take 7,246,584 bytes"""
    equal(student.im2col_bytes(213, 320, 3, 3, 3, 1, 4), 7_246_584)


@check("probe")
def test_the_first_row_and_the_order_of_the_places(student):
    """The first row is the first patch; the next place is one stride to the right"""
    x = np.arange(140.0).reshape(7, 5, 4)
    got = as_numbers(student.im2col(x, 3, 2, 2))
    holds(got.shape == (6, 24), f"The shape is {got.shape}, expected (6, 24).", got=got)
    for row, (r, c) in ((0, (0, 0)), (1, (0, 2)), (2, (2, 0))):
        close(
            got[row],
            x[r : r + 3, c : c + 2].ravel(),
            f"Row {row}, the patch whose first pixel is [{r}, {c}].",
        )


@check("probe")
def test_what_the_bytes_depend_on(student):
    """The bytes are those of all patches, with the stride and the size of a number"""
    calls = [
        (7, 5, 3, 2, 4, 1, 1),
        (7, 5, 3, 2, 4, 1, 8),
        (17, 11, 2, 3, 5, 2, 4),
        (9, 8, 1, 4, 3, 3, 2),
    ]
    for call, got in zip(calls, each(student, "im2col_bytes", calls), strict=True):
        equal(got, bytes_of_patches(*call), f"im2col_bytes({arguments(IN_ORDER, call)}).")


def strided(x, w, s=1):
    """The map of one image, without padding."""
    return conv_nd(x[None], w, strides=s)[0]


@check()
def test_the_product_is_a_convolution(student, rng):
    """conv_im2col computes a convolutional layer, also for an image of bytes"""
    w = rng.normal(size=(3, 2, 3, 4))
    for x in (rng.normal(size=(5, 7, 3)), rng.integers(0, 256, size=(6, 4, 3)).astype(np.uint8)):
        close(
            student.conv_im2col(x, w),
            conv(x, w),
            f"x {x.shape} of {x.dtype} numbers.",
            atol=rounding(strided, x, w),
            given={"w": w},
        )


@check("oracle")
def test_patches_and_maps_of_any_shape(student, rng):
    """Images, windows and strides of any size"""
    for (H, W, C), (kh, kw, F), s in (((11, 7, 3), (2, 4, 5), 2), ((6, 8, 2), (3, 1, 4), 3)):
        x, w = rng.normal(size=(H, W, C)), rng.normal(size=(kh, kw, C, F))
        says = f"x {x.shape}, w {w.shape}, stride {s}."
        close(student.im2col(x, kh, kw, s), im2col(x, kh, kw, s), says, given={"x": x})
        close(
            student.conv_im2col(x, w, s),
            strided(x, w, s),
            says,
            atol=rounding(partial(strided, s=s), x, w),
            given={"x": x, "w": w},
        )


SHEETS = np.arange(60.0).reshape(4, 5, 3) % 7 - 2


FILTERS = np.arange(48.0).reshape(2, 2, 3, 4) % 5 - 1.5


PROBES = [
    ("im2col", (SHEETS, 2, 3, 1)),
    ("im2col", (SHEETS, 2, 2, 2)),
    ("conv_im2col", (SHEETS, FILTERS, 1)),
    ("conv_im2col", (SHEETS, FILTERS, 2)),
    ("im2col_bytes", (7, 5, 3, 2, 4, 1, 8)),
    ("im2col_bytes", (17, 11, 2, 3, 5, 2, 4)),
]
