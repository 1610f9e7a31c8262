"""Hidden checks of N.5."""

from functools import partial
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, mutant, variant
from nablab.reference.convolution_layers import conv_nd_gradients

from ..checks.conv_bwd import a_conv, conv_forward, pair, same_conv, same_sums
from .building_blocks import floats

same = partial(same_conv, shown=False)


@check("oracle")
def test_convolutions_of_every_kind(student, rng):
    """Filters, strides and paddings of every kind, one number or a pair"""
    for batch, image, kernel, channels, filters, stride, pad in (
        (2, (7, 5), (3, 2), 3, 4, (2, 1), (0, 0)),
        (3, (5, 8), (2, 3), 2, 1, 1, 1),
        (1, (11, 7), (4, 3), 1, 5, (3, 2), (2, 1)),
        (2, (4, 9), (1, 5), 4, 3, (1, 2), (0, 2)),
        (1, (6, 6), (5, 2), 2, 3, 2, (1, 0)),
    ):
        case = a_conv(rng, batch, image, kernel, channels, filters, stride, pad)
        same(student, *case, f"Image {image}, filter {kernel}, stride {stride}, pad {pad}.")


@check()
def test_the_adjoint_law(student, rng):
    """sum(conv(x)·dout) = sum(x·dx) = sum(w·dw), with stride and padding"""
    for stride, pad in (((1, 2), (1, 0)), ((3, 1), (1, 2))):
        same_sums(student, *a_conv(rng, 2, (8, 7), (3, 2), 2, 3, stride, pad))


@check("probe")
def test_a_lit_pixel_anywhere(student, rng):
    """One lit pixel of dout leaves one filter's weights in dx and one patch of x in dw"""
    dout, x, w, stride, pad = a_conv(rng, 2, (7, 9), (3, 2), 2, 3, (2, 3), (1, 1))
    place = tuple(int(rng.integers(n)) for n in dout.shape)
    lit = np.zeros_like(dout)
    lit[place] = 1
    same(student, lit, x, w, stride, pad, f"Only dout{list(place)} is not 0.")


@check("probe")
def test_what_no_window_reads(student, rng):
    """Pixels that no window reads have the gradient 0, in gaps between windows and at the end"""
    for image, kernel, stride in (((9, 8), (2, 2), (3, 4)), ((8, 7), (3, 3), (2, 3))):
        case = a_conv(rng, 1, image, kernel, 1, 2, stride, 0)
        same(student, *case, f"Image {image}, filter {kernel}, stride {stride}.")


@check()
def test_a_batch_adds_up(student, rng):
    """dw and db are sums over images and places; three equal images give three times as much"""
    dout, x, w, stride, pad = a_conv(rng, 1, (5, 6), (2, 3), 3, 2, 1, (1, 1))
    same(student, np.repeat(dout, 3, axis=0), np.repeat(x, 3, axis=0), w, stride, pad)
    same(student, np.ones_like(dout), x, w, stride, pad, "dout is 1 everywhere.")


@check("probe")
def test_whole_numbers_and_bytes(student, rng):
    """Images of whole numbers and of bytes, weights of whole numbers"""
    w = rng.integers(-3, 4, size=(3, 2, 2, 3))
    for x in (
        rng.integers(-4, 5, size=(2, 5, 7, 2)),
        rng.integers(0, 256, size=(1, 5, 7, 2)).astype(np.uint8),
    ):
        dout = rng.normal(size=conv_forward(x, w, (1, 2), 1).shape)
        same(student, dout, x, w, (1, 2), 1, f"x holds {x.dtype} numbers.")


# Mutants ------------------------------------------------------------------------------------------


def conv_back(dout, x, w, stride, pad, crop=True):
    (ph, pw), (H, W) = pair(pad), np.shape(x)[1:3]
    padded = np.pad(np.asarray(x, dtype=float), ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dx, dw, db = conv_nd_gradients(padded, w, dout, strides=stride)
    return dx[:, ph : ph + H, pw : pw + W] if crop else dx, dw, db


def by_loops(dout, x, w, stride, pad, put):
    """dx by `put(padded dx, rows, columns, d)` for every place; dw and db right."""
    dout, x, w = floats(dout, x, w)
    (kh, kw), (sh, sw), (ph, pw) = w.shape[:2], pair(stride), pair(pad)
    H, W = x.shape[1:3]
    dx = np.zeros((len(x), H + 2 * ph, W + 2 * pw, x.shape[3]))
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            rows, columns = slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw)
            put(dx, rows, columns, dout[:, i, j])
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return dx[:, ph : ph + H, pw : pw + W], dw, db


@mutant(
    "You stamp the filter turned by 180°. Each output pixel stamps it into dx as it is; the turn is "
    "what you see if you look from a pixel of dx.",
)
def turned_stamp(dout, x, w, stride, pad):
    dx, _, _ = conv_back(dout, x, np.asarray(w)[::-1, ::-1], stride, pad)
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return dx, dw, db


@mutant(
    "Your dx still has the padding around it. Cut off pad rows and columns on each side: dx has the "
    "shape of x.",
)
def padding_left_on(dout, x, w, stride, pad):
    return conv_back(dout, x, w, stride, pad, crop=False)


@mutant(
    "You take the first H rows and W columns of the padded dx. The padding is on both sides: begin "
    "at pad.",
)
def crops_at_the_end_only(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad, crop=False)
    return dx[:, : np.shape(x)[1], : np.shape(x)[2]], dw, db


@mutant(
    "You set the patch of dx instead of adding to it, so where windows overlap only the last one "
    "counts: use +=, not =.",
)
def sets_in_place_of_adding(dout, x, w, stride, pad):
    def put(dx, rows, columns, d):
        dx[:, rows, columns] = np.einsum("nf,uvcf->nuvc", d, np.asarray(w, dtype=float))

    return by_loops(dout, x, w, stride, pad, put)


@mutant(
    "You use stride 1 whatever the stride is. Window (i, j) starts at row i·sh and column j·sw.",
)
def ignores_the_stride(dout, x, w, stride, pad):
    dout, x, w = floats(dout, x, w)
    (kh, kw), (ph, pw), (H, W) = w.shape[:2], pair(pad), x.shape[1:3]
    padded = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            place = (slice(None), slice(i, i + kh), slice(j, j + kw))
            dx[place] += np.einsum("nf,uvcf->nuvc", dout[:, i, j], w)
            dw += np.einsum("nf,nuvc->uvcf", dout[:, i, j], padded[place])
    return dx[:, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 1, 2))


@mutant(
    "The strides of rows and columns are swapped: both stride and pad are given rows first.",
)
def stride_axes_swapped(dout, x, w, stride, pad):
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    dout, x, w = floats(dout, x, w)
    kh, kw = w.shape[:2]
    H, W = x.shape[1:3]
    size = (H + 2 * ph + 99, W + 2 * pw + 99)
    padded = np.zeros((len(x), *size, x.shape[3]))
    padded[:, ph : ph + H, pw : pw + W] = x
    dx, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[1]):
        for j in range(dout.shape[2]):
            place = (slice(None), slice(i * sw, i * sw + kh), slice(j * sh, j * sh + kw))
            dx[place] += np.einsum("nf,uvcf->nuvc", dout[:, i, j], w)
            dw += np.einsum("nf,nuvc->uvcf", dout[:, i, j], padded[place])
    return dx[:, ph : ph + H, pw : pw + W], dw, dout.sum(axis=(0, 1, 2))


@mutant("Your dw is the mean over the images. It is their sum.")
def dw_is_a_mean(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad)
    return dx, dw / len(dout), db


@mutant(
    "Your db is the mean over images and places. It is the sum: every pixel has the bias in it."
)
def db_is_the_mean_of_dout(dout, x, w, stride, pad):
    dx, dw, _ = conv_back(dout, x, w, stride, pad)
    return dx, dw, np.asarray(dout, dtype=float).mean(axis=(0, 1, 2))


@mutant("Only the first image of the batch counts in your dw. Sum over all of them.")
def dw_of_the_first_image(dout, x, w, stride, pad):
    dx, _, db = conv_back(dout, x, w, stride, pad)
    return dx, conv_back(np.asarray(dout)[:1], np.asarray(x)[:1], w, stride, pad)[1], db


@mutant(
    "Only the first filter counts in your dx. A pixel of x is read by all filters: sum over f.",
)
def dx_of_the_first_filter(dout, x, w, stride, pad):
    _, dw, db = conv_back(dout, x, w, stride, pad)
    return conv_back(np.asarray(dout)[..., :1], x, np.asarray(w)[..., :1], stride, pad)[0], dw, db


@mutant(
    "Your dx has the type of x: for an image of bytes it is rounded to whole numbers. Make it an array "
    "of floats.",
)
def dx_in_the_type_of_x(dout, x, w, stride, pad):
    dx, dw, db = conv_back(dout, x, w, stride, pad)
    return np.trunc(dx).astype(np.asarray(x).dtype), dw, db


# Variants -----------------------------------------------------------------------------------------


@variant("one shifted slice for each entry of the filter")
def conv_by_shifts(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=float) for a in (dout, x, w))
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    oh, ow = dout.shape[1:3]
    xp = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for u, v in np.ndindex(*w.shape[:2]):
        at = (slice(None), slice(u, u + sh * (oh - 1) + 1, sh), slice(v, v + sw * (ow - 1) + 1, sw))
        dxp[at] += dout @ w[u, v].T
        dw[u, v] = np.tensordot(xp[at], dout, axes=([0, 1, 2], [0, 1, 2]))
    dx = dxp[:, ph : dxp.shape[1] - ph, pw : dxp.shape[2] - pw]
    return dx, dw, dout.sum((0, 1, 2))


@variant("dout with zeros between, correlated with the turned filter")
def conv_by_turned_filter(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=float) for a in (dout, x, w))
    (sh, sw), (ph, pw), (kh, kw) = pair(stride), pair(pad), w.shape[:2]
    N, H, W, _ = x.shape
    HP, WP = H + 2 * ph, W + 2 * pw
    spread = np.zeros((N, HP + kh - 1, WP + kw - 1, dout.shape[3]))
    spread[:, kh - 1 : HP : sh, kw - 1 : WP : sw][:, : dout.shape[1], : dout.shape[2]] = dout
    windows = sliding_window_view(spread, (kh, kw), axis=(1, 2))  # (N, HP, WP, F, kh, kw)
    dxp = np.einsum("nhwfuv,uvcf->nhwc", windows, w[::-1, ::-1])
    xp = np.pad(x, ((0, 0), (ph, ph), (pw, pw), (0, 0)))
    seen = sliding_window_view(xp, (kh, kw), axis=(1, 2))[:, ::sh, ::sw]
    dw = np.einsum("nijcuv,nijf->uvcf", seen, dout)
    return dxp[:, ph : ph + H, pw : pw + W], dw, dout.reshape(-1, dout.shape[-1]).sum(axis=0)


@variant("number by number, seven loops")
def conv_by_seven_loops(dout, x, w, stride, pad):
    (sh, sw), (ph, pw) = pair(stride), pair(pad)
    (N, H, W, C), (kh, kw, _, F) = np.shape(x), np.shape(w)
    dx, dw, db = np.zeros((N, H, W, C)), np.zeros((kh, kw, C, F)), np.zeros(F)
    for n, i, j, f in product(range(N), range(len(dout[0])), range(len(dout[0][0])), range(F)):
        d = float(dout[n, i, j, f])
        db[f] += d
        for u, v, c in product(range(kh), range(kw), range(C)):
            r, q = i * sh + u - ph, j * sw + v - pw
            if 0 <= r < H and 0 <= q < W:
                dx[n, r, q, c] += d * float(w[u, v, c, f])
                dw[u, v, c, f] += d * float(x[n, r, q, c])
    return dx, dw, db


@variant("float32, image by image, as a list")
def conv_in_float32(dout, x, w, stride, pad):
    dout, x, w = (np.asarray(a, dtype=np.float32) for a in (dout, x, w))
    (sh, sw), (ph, pw), (kh, kw) = pair(stride), pair(pad), w.shape[:2]
    H, W = x.shape[1:3]
    dxs, dw = [], np.zeros(w.shape, np.float32)
    for image, d in zip(x, dout, strict=True):
        xp = np.pad(image, ((ph, ph), (pw, pw), (0, 0)))
        dxp = np.zeros_like(xp)
        for i in range(d.shape[0]):
            for j in range(d.shape[1]):
                r, c = i * sh, j * sw
                dxp[r : r + kh, c : c + kw] += w @ d[i, j]
                dw += xp[r : r + kh, c : c + kw, :, None] * d[i, j]
        dxs.append(dxp[ph : ph + H, pw : pw + W])
    return [np.stack(dxs), dw, dout.sum(axis=(0, 1, 2))]
