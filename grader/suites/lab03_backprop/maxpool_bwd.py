"""Hidden checks of N.6."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nablab.checking import check, close, holds, mutant, variant
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import maxpool_nd_gradients

from ..checks.maxpool_bwd import dout_for, windows_of
from .building_blocks import floats


def same(student, dout, x, size, stride, says=""):
    right = maxpool_nd_gradients(x, size, dout, stride)
    rms = float(np.sqrt(np.mean(right**2)))
    got = student.maxpool_bwd(dout, x, size, stride)
    return close(got, right, says, atol=1e-5 * rms, constant=True)


def apart(rng, shape):
    """Numbers that are well apart from each other, in random order, some of them negative."""
    return rng.permutation(int(np.prod(shape))).reshape(shape) / 3 - 11.0


@check("oracle")
def test_windows_of_every_size_and_stride(student, rng):
    """Windows of every size and stride, for several images and channels"""
    for shape, size, stride in (
        ((2, 7, 5, 3), (3, 2), (2, 1)),
        ((3, 5, 8, 1), (2, 5), (1, 2)),
        ((1, 11, 7, 2), (4, 3), (3, 2)),
        ((2, 6, 9, 4), (1, 2), (2, 3)),
        ((1, 5, 4, 3), (5, 4), (1, 1)),
    ):
        x = apart(rng, shape)
        same(student, dout_for(rng, x, size, stride), x, size, stride, f"{size}, stride {stride}.")


@check()
def test_the_sum_is_kept_with_ties_and_overlaps(student, rng):
    """dx sums to what dout sums to, with many ties and overlapping windows"""
    x = rng.integers(-1, 2, size=(2, 8, 7, 3)).astype(float)
    dout = rng.random(windows_of(x, (3, 3), (1, 2))) + 0.5
    dx = as_numbers(student.maxpool_bwd(dout, x, (3, 3), (1, 2)))
    holds(dx.shape == x.shape, f"dx has the shape {dx.shape}, expected {x.shape}.", got=dx)
    close(dx.sum(axis=(1, 2)), dout.sum(axis=(1, 2)), "Sums over rows and columns.")


@check("probe")
def test_ties_go_to_the_first(student, rng):
    """Of equal numbers the first in reading order takes all, also in a flat map"""
    flat = np.zeros((1, 5, 7, 2))
    same(student, dout_for(rng, flat, (2, 3), (2, 3)), flat, (2, 3), (2, 3), "A map of zeros.")
    x = np.maximum(rng.integers(-3, 3, size=(2, 6, 8, 2)), 0)
    same(student, dout_for(rng, x, (3, 2), (1, 2)), x, (3, 2), (1, 2), "A map after a ReLU.")
    column = np.array([[1.0, 4], [4, 0], [2, 4]])[None, :, :, None]
    same(student, np.array([[[[7.0]]]]), column, (3, 2), (1, 1), "The first row goes first.")


@check("probe")
def test_negative_maps_and_bytes(student, rng):
    """Maps of negative numbers, of whole numbers and of bytes"""
    for x in (
        -1 - rng.permutation(70).reshape(1, 7, 5, 2) / 9,
        rng.integers(-9, 9, size=(2, 5, 6, 1)),
        rng.integers(0, 256, size=(1, 6, 5, 3)).astype(np.uint8),
    ):
        same(student, dout_for(rng, x, (2, 3), (2, 1)), x, (2, 3), (2, 1), f"{x.dtype} numbers.")


@check()
def test_a_high_peak_collects_from_all_its_windows(student, rng):
    """A high peak collects from every window that it lies in"""
    x = apart(rng, (1, 7, 7, 1))
    r, c = rng.integers(2, 5, size=2)
    x[0, r, c, 0] = 100
    dout = dout_for(rng, x, (3, 3), (1, 1))
    got = same(student, dout, x, (3, 3), (1, 1))
    close(got[0, r, c, 0], dout[0, r - 2 : r + 1, c - 2 : c + 1, 0].sum(), atol=1e-4)


# Mutants ------------------------------------------------------------------------------------------


def pool_back(dout, x, size, stride, send):
    """`send(window, d)` says what each window (ph, pw) adds to its part of dx."""
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        place = (n, slice(i * sh, i * sh + ph), slice(j * sw, j * sw + pw), c)
        dx[place] += send(x[place], dout[n, i, j, c])
    return dx


def one_at(window, place, d):
    sent = np.zeros(window.shape)
    sent[place] = d
    return sent


@mutant(
    "You set the winner's gradient instead of adding to it, so a pixel that wins in several windows "
    "keeps only what the last one sends: use +=, not =.",
)
def sets_the_winner(dout, x, size, stride):
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(*dout.shape):
        window = x[n, i * sh : i * sh + ph, j * sw : j * sw + pw, c]
        u, v = np.unravel_index(np.argmax(window), window.shape)
        dx[n, i * sh + u, j * sw + v, c] = dout[n, i, j, c]
    return dx


@mutant(
    "If several numbers of a window are equally large, you give all of them the whole gradient, so dx "
    "sums to more than dout. Only the first takes it.",
)
def all_of_equals_win(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda window, d: d * (window == window.max()))


@mutant(
    "You share the gradient among equally large numbers. Here the first, in reading order, takes all.",
)
def equals_share(dout, x, size, stride):
    def send(window, d):
        winners = window == window.max()
        return d * winners / winners.sum()

    return pool_back(dout, x, size, stride, send)


@mutant("Of equally large numbers you take the last. The first, in reading order, wins.")
def last_of_equals_wins(dout, x, size, stride):
    def send(window, d):
        last = window.size - 1 - np.argmax(window.ravel()[::-1])
        return one_at(window, np.unravel_index(last, window.shape), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "Of equally large numbers you take the first column by column. Reading order goes row by row.",
)
def first_by_columns(dout, x, size, stride):
    def send(window, d):
        v, u = np.unravel_index(np.argmax(window.T), window.T.shape)
        return one_at(window, (u, v), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "You send every gradient to the bottom right pixel of its window. It belongs to the largest, "
    "wherever that is.",
)
def bottom_right_pixel(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda window, d: one_at(window, (-1, -1), d))


@mutant(
    "You spread the gradient evenly over the window, as average pooling does. Only the largest number "
    "has moved the maximum.",
)
def spread_evenly(dout, x, size, stride):
    return pool_back(dout, x, size, stride, lambda w, d: np.full(w.shape, d / w.size))


@mutant("Your winner is the number of largest magnitude. A strong −9 is less than a weak 1.")
def largest_magnitude_wins(dout, x, size, stride):
    def send(window, d):
        return one_at(window, np.unravel_index(np.argmax(np.abs(window)), window.shape), d)

    return pool_back(dout, x, size, stride, send)


@mutant(
    "You use the size as the stride. The stride says where a window starts, the size how far it "
    "reaches.",
)
def takes_the_size_for_the_stride(dout, x, size, stride):
    h, w = ((n - k) // k + 1 for n, k in zip(np.shape(x)[1:3], size, strict=True))
    h, w = min(h, dout.shape[1]), min(w, dout.shape[2])
    return maxpool_nd_gradients(
        np.asarray(x)[:, : h * size[0], : w * size[1]], size, np.asarray(dout)[:, :h, :w], size
    )


@mutant(
    "You look for one winner over all channels. Each channel is pooled by itself and has its own "
    "winner.",
)
def one_winner_over_all_channels(dout, x, size, stride):
    dout, x = floats(dout, x)
    (ph, pw), (sh, sw) = size, stride
    dx = np.zeros(x.shape)
    for n, i, j in np.ndindex(*dout.shape[:3]):
        window = x[n, i * sh : i * sh + ph, j * sw : j * sw + pw]
        u, v, c = np.unravel_index(np.argmax(window), window.shape)
        dx[n, i * sh + u, j * sw + v, c] += dout[n, i, j].sum()
    return dx


@mutant(
    "Your dx has the type of x: for a map of whole numbers it is rounded to whole numbers. Make it an "
    "array of floats.",
)
def dx_in_the_type_of_the_map(dout, x, size, stride):
    dx = maxpool_nd_gradients(x, size, dout, stride)
    return np.trunc(dx).astype(np.asarray(x).dtype)


# Variants -----------------------------------------------------------------------------------------


@variant("sliding windows, argmax and add.at")
def pool_by_add_at(dout, x, size, stride):
    x = np.asarray(x)
    (ph, pw), (sh, sw) = size, stride
    windows = sliding_window_view(x, (ph, pw), axis=(1, 2))[:, ::sh, ::sw]
    winner = windows.reshape(*windows.shape[:4], ph * pw).argmax(axis=-1)
    n, i, j, c = np.indices(winner.shape)
    dx = np.zeros(x.shape)
    np.add.at(dx, (n, i * sh + winner // pw, j * sw + winner % pw, c), dout)
    return dx


@variant("float32, a mask of the first winner, place by place of the window")
def pool_in_float32(dout, x, size, stride):
    x, dout = np.asarray(x, dtype=np.float32), np.asarray(dout, dtype=np.float32)
    (ph, pw), (sh, sw) = size, stride
    oh, ow = dout.shape[1:3]

    def part(a, u, v):
        return a[:, u : u + sh * (oh - 1) + 1 : sh, v : v + sw * (ow - 1) + 1 : sw]

    best = np.max([part(x, u, v) for u in range(ph) for v in range(pw)], axis=0)
    taken, dx = np.zeros(best.shape, dtype=bool), np.zeros_like(x)
    for u in range(ph):
        for v in range(pw):
            wins = (part(x, u, v) == best) & ~taken
            part(dx, u, v)[...] += dout * wins
            taken |= wins
    return dx


@variant("loops over everything, comparing as it goes, as lists")
def pool_by_loops(dout, x, size, stride):
    dx = np.zeros(np.shape(x))
    for n, i, j, c in np.ndindex(*np.shape(dout)):
        best = None
        for u in range(size[0]):
            for v in range(size[1]):
                place = (n, i * stride[0] + u, j * stride[1] + v, c)
                if best is None or x[place] > x[best]:
                    best = place
        dx[best] += dout[n, i, j, c]
    return dx.tolist()
