"""Hidden checks of 2.5."""

from functools import partial

import numpy as np

from nablab.checking import close, each, equal, exercise, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.unrolled import col2im, im2col

SHAPES = (  # image, window, filters, stride
    ((7, 11, 3), (3, 2), 5, 1),
    ((13, 8, 2), (2, 5), 3, 2),
    ((9, 7, 1), (4, 3), 2, 3),
    ((5, 6, 4), (1, 1), 3, 1),
)


def maps(x, w, s=1):
    return conv_nd(x[None], w, strides=s)[0]


@exercise("2.5", stage="oracle")
def test_patches_of_any_image(student, rng):
    """The patches of any image, entry by entry"""
    for shape, (kh, kw), _, s in SHAPES:
        x = rng.normal(size=shape)
        close(student.im2col(x, kh, kw, s), im2col(x, kh, kw, s), f"x {shape}, stride {s}.")


@exercise("2.5", stage="oracle")
def test_maps_of_any_image(student, rng):
    """The maps of any image and any filters, with a stride"""
    for shape, sides, F, s in SHAPES:
        x, w = rng.normal(size=shape), rng.normal(size=(*sides, shape[2], F))
        close(
            student.conv_im2col(x, w, s),
            conv_nd(x[None], w, strides=s)[0],
            f"x {shape}, w {w.shape}, stride {s}.",
            atol=rounding(partial(maps, s=s), x, w),
        )


@exercise("2.5")
def test_the_adjoint(student, rng):
    """⟨im2col(x), Y⟩ = ⟨x, col2im(Y)⟩, where col2im lays patches back and adds them up"""
    for shape, (kh, kw), _, s in SHAPES:
        x = rng.normal(size=shape)
        expected = im2col(x, kh, kw, s)
        got = as_numbers(student.im2col(x, kh, kw, s))
        holds(
            got.shape == expected.shape,
            f"The shape is {got.shape}, expected {expected.shape}.",
            got=got,
        )
        Y = rng.normal(size=(3, *expected.shape))
        close(
            [np.vdot(got, one) for one in Y],
            [np.vdot(x, col2im(one, shape, kh, kw, s)) for one in Y],
            f"x {shape}, windows {(kh, kw)}, stride {s}.",
            atol=1e-4 * float(np.sqrt(expected.size)),
        )


@exercise("2.5")
def test_bytes_of_many_images(student, rng):
    """The bytes of the patch matrices of many images"""
    calls = [
        tuple(map(int, one))
        for one in rng.integers([9, 9, 1, 1, 1, 1, 1], [30, 30, 5, 7, 7, 5, 9], size=(40, 7))
    ]
    for call, got in zip(calls, each(student, "im2col_bytes", calls), strict=True):
        H, W, C, kh, kw, s, itemsize = call
        rows, length = im2col(np.zeros((H, W, C)), kh, kw, s).shape
        names = ("H", "W", "C", "kh", "kw", "s", "itemsize")
        equal(got, rows * length * itemsize, given=dict(zip(names, call, strict=True)))


@exercise("2.5", stage="probe")
def test_negative_whole_and_byte_images(student, rng):
    """Images of negative numbers, of whole numbers with ties, and of bytes"""
    w = rng.normal(size=(2, 3, 2, 5)) + 0.3
    for x in (
        -1 - rng.random((5, 7, 2)),
        rng.integers(-2, 3, size=(7, 4, 2)),
        rng.integers(0, 256, size=(4, 7, 2)).astype(np.uint8),
    ):
        close(student.im2col(x, 2, 3, 1), im2col(x, 2, 3, 1), f"Numbers of type {x.dtype}.")
        says, atol = f"Numbers of type {x.dtype}.", rounding(maps, x, w)
        close(student.conv_im2col(x, w), conv_nd(x[None], w)[0], says, atol=atol)


@exercise("2.5", stage="probe")
def test_a_filter_that_picks_one_pixel(student, rng):
    """A filter with one weight gives one channel back, shifted"""
    x = rng.normal(size=(6, 5, 3))
    for u, v, c in ((0, 0, 2), (2, 0, 1), (1, 1, 0)):
        w = np.zeros((3, 2, 3, 2))
        w[u, v, c] = 1, -2
        got = as_numbers(student.conv_im2col(x, w))
        part = x[u : u + 4, v : v + 4, c]
        close(got, np.stack([part, -2 * part], axis=-1), f"Only w[{u}, {v}, {c}] is not 0.")
