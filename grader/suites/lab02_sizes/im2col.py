"""Hidden checks of N.5."""

from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, each, equal, holds, mutant, rounding, variant
from nablab.checking.expect import as_numbers
from nablab.reference import unrolled
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.unrolled import col2im, im2col

from ..checks.im2col import IN_ORDER, bytes_of_patches, strided
from ..checks.oracles import draws

SHAPES = (  # image, window, filters, stride
    ((7, 11, 3), (3, 2), 5, 1),
    ((13, 8, 2), (2, 5), 3, 2),
    ((9, 7, 1), (4, 3), 2, 3),
    ((5, 6, 4), (1, 1), 3, 1),
)


@check("oracle")
def test_patches_of_any_image(student, rng):
    """The patches of any image, entry by entry"""
    for shape, (kh, kw), _, s in SHAPES:
        x = rng.normal(size=shape)
        close(student.im2col(x, kh, kw, s), im2col(x, kh, kw, s), f"x {shape}, stride {s}.")


@check("oracle")
def test_maps_of_any_image(student, rng):
    """The maps of any image and any filters, with a stride"""
    for shape, sides, F, s in SHAPES:
        x, w = rng.normal(size=shape), rng.normal(size=(*sides, shape[2], F))
        close(
            student.conv_im2col(x, w, s),
            strided(x, w, s),
            f"x {shape}, w {w.shape}, stride {s}.",
            atol=rounding(partial(strided, s=s), x, w),
        )


@check()
def test_the_adjoint(student, rng):
    """⟨im2col(x), Y⟩ = ⟨x, col2im(Y)⟩, where col2im puts patches back and adds them up"""
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


@check()
def test_bytes_of_many_images(student, rng):
    """The bytes of the patch matrices of many images"""
    calls = draws(rng, 40, [9, 9, 1, 1, 1, 1, 1], [30, 30, 5, 7, 7, 5, 9])
    for call, got in zip(calls, each(student, "im2col_bytes", calls), strict=True):
        equal(got, bytes_of_patches(*call), given=dict(zip(IN_ORDER, call, strict=True)))


@check("probe")
def test_negative_whole_and_byte_images(student, rng):
    """Images of negative numbers, of whole numbers with ties, and of bytes"""
    w = rng.normal(size=(2, 3, 2, 5)) + 0.3
    for x in (
        -1 - rng.random((5, 7, 2)),
        rng.integers(-2, 3, size=(7, 4, 2)),
        rng.integers(0, 256, size=(4, 7, 2)).astype(np.uint8),
    ):
        close(student.im2col(x, 2, 3, 1), im2col(x, 2, 3, 1), f"Numbers of type {x.dtype}.")
        says, atol = f"Numbers of type {x.dtype}.", rounding(strided, x, w)
        close(student.conv_im2col(x, w), strided(x, w), says, atol=atol)


@check("probe")
def test_a_filter_that_picks_one_pixel(student, rng):
    """A filter with one weight gives one channel back, shifted"""
    x = rng.normal(size=(6, 5, 3))
    for u, v, c in ((0, 0, 2), (2, 0, 1), (1, 1, 0)):
        w = np.zeros((3, 2, 3, 2))
        w[u, v, c] = 1, -2
        got = as_numbers(student.conv_im2col(x, w))
        part = x[u : u + 4, v : v + 4, c]
        close(got, np.stack([part, -2 * part], axis=-1), f"Only w[{u}, {v}, {c}] is not 0.")


# Mutants ------------------------------------------------------------------------------------------


def patches(x, kh, kw, s, axes=(0, 1, 2, 3, 4)):
    """The patch matrix with the axes (map row, map column, u, v, c) in another order."""
    x = np.asarray(x, float)
    P = unrolled.im2col(x, kh, kw, s)
    oh, ow = (x.shape[0] - kh) // s + 1, (x.shape[1] - kw) // s + 1
    return P.reshape(oh, ow, kh, kw, x.shape[2]).transpose(axes).reshape(P.shape)


@mutant(
    "Your patches are written channel by channel: all pixels of channel 0 first. Here the channel "
    "runs fastest, as in w.reshape(kh * kw * C, F).",
)
def channel_by_channel(x, kh, kw, s):
    return patches(x, kh, kw, s, (0, 1, 4, 2, 3))


@mutant("Your patches are written column by column. Write them row by row, as ravel does.")
def patch_columns_first(x, kh, kw, s):
    return patches(x, kh, kw, s, (0, 1, 3, 2, 4))


@mutant(
    "Your patches go down the image first. Row i·W' + j belongs to output [i, j]: go to the right "
    "first.",
)
def places_downwards_first(x, kh, kw, s):
    return patches(x, kh, kw, s, (1, 0, 2, 3, 4))


@mutant("The stride is ignored: patches start at every pixel.")
def patches_at_every_pixel(x, kh, kw, s):
    return unrolled.im2col(x, kh, kw, 1)


@mutant(
    "Your patches are columns. Here every patch is a row, so that the filters can be the columns of "
    "the matrix on the right.",
)
def patches_as_columns(x, kh, kw, s):
    return unrolled.im2col(x, kh, kw, s).T


def weights_reshaped_wrongly(x, w, s=1):
    w = np.asarray(w, float)
    kh, kw, C, F = w.shape
    return conv_nd(
        np.asarray(x, float)[None], w.reshape(F, kh, kw, C).transpose(1, 2, 3, 0), strides=s
    )[0]


filters_as_rows = mutant(
    "You reshape w to (F, kh·kw·C). A reshape does not move an axis, so the filters are mixed up. F "
    "is already the last axis of w: reshape it to (kh·kw·C, F).",
    conv_im2col=weights_reshaped_wrongly,
)


def stride_1_only(x, w, s=1):
    return conv_nd(np.asarray(x, float)[None], w)[0]


stride_forgotten_in_the_layer = mutant(
    "conv_im2col takes a stride and does not use it.", conv_im2col=stride_1_only
)


def map_transposed(x, w, s=1):
    y = conv_nd(np.asarray(x, float)[None], w, strides=s)[0]
    return y.reshape(-1, y.shape[2]).reshape(y.shape[1], y.shape[0], y.shape[2])


map_of_the_wrong_shape = mutant(
    "The sides of your map are in the wrong order: reshape the product to (oh, ow, F).",
    conv_im2col=map_transposed,
)


def rows_of(H, W, kh, kw, s):
    return ((H - kh) // s + 1) * ((W - kw) // s + 1)


def bytes_of_one_channel(H, W, C, kh, kw, s, itemsize):
    return rows_of(H, W, kh, kw, s) * kh * kw * itemsize


def bytes_of_the_image(H, W, C, kh, kw, s, itemsize):
    return H * W * C * itemsize


def bytes_at_every_pixel(H, W, C, kh, kw, s, itemsize):
    return H * W * kh * kw * C * itemsize


def numbers_not_bytes(H, W, C, kh, kw, s, itemsize):
    return rows_of(H, W, kh, kw, s) * kh * kw * C


bytes_without_channels = mutant(
    "Your bytes are those of one channel. A patch holds kh·kw·C numbers.",
    im2col_bytes=bytes_of_one_channel,
)


image_in_place_of_patches = mutant(
    "You have counted the bytes of the image. A pixel is copied into every patch that holds it: "
    "count the rows and columns of the patch matrix.",
    im2col_bytes=bytes_of_the_image,
)


as_many_patches_as_pixels = mutant(
    "You count a patch for every pixel. Near the lower and the right border no window starts, and "
    "with a stride there are fewer still: there are oh·ow.",
    im2col_bytes=bytes_at_every_pixel,
)


numbers_in_place_of_bytes = mutant(
    "This is how many numbers the patch matrix holds. Each takes itemsize bytes.",
    im2col_bytes=numbers_not_bytes,
)


# Variants -----------------------------------------------------------------------------------------


def windows_of(x, kh, kw, s):
    """(oh, ow, kh, kw, C)"""
    windows = sliding_window_view(np.asarray(x), (kh, kw), axis=(0, 1))[::s, ::s]
    return windows.transpose(0, 1, 3, 4, 2)


def patches_by_windows(x, kh, kw, s):
    windows = windows_of(x, kh, kw, s)
    return windows.reshape(windows.shape[0] * windows.shape[1], -1)


def layer_by_einsum(x, w, s=1):
    w = np.asarray(w, dtype=float)
    return np.einsum("ijuvc,uvcf->ijf", windows_of(np.asarray(x, float), *w.shape[:2], s), w)


def bytes_of_an_array(H, W, C, kh, kw, s, itemsize):
    patches = patches_by_windows(np.zeros((H, W, C), dtype=np.int8), kh, kw, s)
    return patches.nbytes * itemsize


windows_and_einsum = variant(
    "sliding windows in the image's own type, einsum, and the bytes of a real array",
    im2col=patches_by_windows,
    conv_im2col=layer_by_einsum,
    im2col_bytes=bytes_of_an_array,
)


def patches_by_loops(x, kh, kw, s):
    H, W, C = np.shape(x)
    return [
        [float(x[i + u][j + v][c]) for u in range(kh) for v in range(kw) for c in range(C)]
        for i in range(0, H - kh + 1, s)
        for j in range(0, W - kw + 1, s)
    ]


def layer_of_rows(x, w, s=1):
    kh, kw, _C, F = np.shape(w)
    filters = np.asarray(w, float).reshape(-1, F)
    rows = np.array(patches_by_loops(x, kh, kw, s)) @ filters
    width = (np.shape(x)[1] - kw) // s + 1
    return [rows[start : start + width].tolist() for start in range(0, len(rows), width)]


patches_as_lists = variant(
    "loops over everything, as lists",
    im2col=patches_by_loops,
    conv_im2col=layer_of_rows,
    im2col_bytes=lambda H, W, C, kh, kw, s, itemsize: (
        len(range(0, H - kh + 1, s)) * len(range(0, W - kw + 1, s)) * kh * kw * C * itemsize
    ),
)


def patches_in_float32(x, kh, kw, s):
    x = np.asarray(x, dtype=np.float32)
    oh, ow = (x.shape[0] - kh) // s + 1, (x.shape[1] - kw) // s + 1
    P = np.empty((oh, ow, kh, kw, x.shape[2]), dtype=np.float32)
    for u in range(kh):
        for v in range(kw):
            P[:, :, u, v] = x[u : u + s * (oh - 1) + 1 : s, v : v + s * (ow - 1) + 1 : s]
    return P.reshape(oh * ow, -1)


def layer_in_float32(x, w, s=1):
    w = np.asarray(w, dtype=np.float32)
    rows = patches_in_float32(x, *w.shape[:2], s)
    width = (np.shape(x)[1] - w.shape[1]) // s + 1
    return (rows @ w.reshape(-1, w.shape[3])).reshape(-1, width, w.shape[3])


patches_by_shifts = variant(
    "float32, one shifted image for each place in the window",
    im2col=patches_in_float32,
    conv_im2col=layer_in_float32,
)
