"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, holds, left_alone, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.oracles import of_every_kind, same
from ..checks.separable import largest, separable
from .building_blocks import floats


def drawn(rng, size, kernel, m, filters):
    x, wd = rng.normal(size=size), rng.normal(size=(*kernel, size[2], m))
    return x, wd, rng.normal(size=(size[2] * m, filters))


@check("oracle")
def test_fresh_sizes(student, rng):
    """Images, filters and multipliers whose sizes are all different"""
    for sizes in (
        ((8, 6, 4), (2, 3), 3, 5),
        ((5, 7, 2), (5, 1), 4, 3),
        ((3, 4, 5), (1, 1), 2, 1),
        ((9, 4, 1), (4, 4), 1, 2),
    ):
        x, wd, wp = drawn(rng, *sizes)
        same(student.depthwise_separable(x, wd, wp), separable, x, wd, wp, says=f"{sizes}:")


@check()
def test_it_is_a_convolution_with_a_product_of_weights(student, rng):
    """It equals the convolution whose filters are the products of both steps"""
    from nablab.reference.convolution_layers import conv_nd

    x, wd, wp = drawn(rng, (6, 7, 3), (2, 3), 2, 4)
    w = np.einsum("uvcq,cqf->uvcf", wd, wp.reshape(3, 2, 4))
    got = student.depthwise_separable(x, wd, wp)
    close(got, conv_nd(x[None], w)[0], atol=1e-4)


@check("probe")
def test_one_map_at_a_time(student, rng):
    """The maps of one channel stand side by side before those of the next"""
    x, wd, wp = drawn(rng, (5, 6, 3), (2, 2), 4, 2)
    for c, q in ((0, 3), (1, 0), (2, 2)):
        one = np.zeros_like(wd)
        one[:, :, c, q] = wd[:, :, c, q]
        got = student.depthwise_separable(x, one, wp)
        same(got, separable, x, one, wp, says=f"Only filter {q} of channel {c} is not 0:")


@check("oracle")
def test_pieces_of_any_number(student, rng):
    """maxout of arrays of one to four axes, below 0 too, with ties"""
    for shape, k in (((12,), 3), ((4, 10), 2), ((2, 3, 20), 5), ((2, 2, 3, 6), 6), ((5, 7), 1)):
        x = rng.normal(size=shape) - 3
        close(student.maxout(x, k), largest(x, k), f"shape {shape}, k = {k}:", constant=True)
    ties = rng.integers(-3, 0, size=(4, 8))
    close(student.maxout(ties, 4), largest(ties, 4), "Ties:", constant=True)


@check()
def test_a_maxout_unit_is_convex(student, rng):
    """Half way between two points, a maxout unit of affine pieces is not above the mean of both"""
    w, b = rng.normal(size=(3, 12)), rng.normal(size=12)
    p, q = rng.normal(size=(2, 40, 3))
    ends, other, half = (as_numbers(student.maxout(a @ w + b, 4)) for a in (p, q, (p + q) / 2))
    close(half, largest((p + q) / 2 @ w + b, 4), "Half way:")
    holds((half <= (ends + other) / 2 + 1e-4).all(), "Half way it is above the mean of the ends.")


@check("probe")
def test_inputs_stay_whatever_they_hold(student, rng):
    """Whole numbers, bytes and transposed views are welcome, and nothing is changed"""
    x, wd, wp = drawn(rng, (5, 4, 6), (3, 2), 2, 3)
    for says, a, b in of_every_kind(rng, x, wd):
        for mix in (np.asfortranarray(wp), rng.integers(-3, 4, size=wp.shape)):
            got = left_alone(student, "depthwise_separable", a, b, mix)
            same(got, separable, a, b, mix, says=says)
        close(left_alone(student, "maxout", a, 3), largest(a, 3), f"maxout, {says}", constant=True)


# Mutants ------------------------------------------------------------------------------------------


def maps(x, wd):
    """z with its axes (oh, ow, C, m)."""
    x, wd = floats(x, wd)
    oh, ow = x.shape[0] - wd.shape[0] + 1, x.shape[1] - wd.shape[1] + 1
    return sum(x[u : u + oh, v : v + ow, :, None] * wd[u, v] for u, v in np.ndindex(wd.shape[:2]))


def mixed(z, wp):
    return z.reshape(*z.shape[:2], -1) @ np.asarray(wp, float)


@mutant("The maps of z are in the wrong order: all m maps of channel 0 come first.")
def order_of_maps(x, wd, wp):
    return mixed(maps(x, wd).swapaxes(2, 3), wp)


@mutant("Your filters are turned by 180°. Entry (u, v) reads pixel (i + u, j + v).")
def turned(x, wd, wp):
    return mixed(maps(x, np.asarray(wd)[::-1, ::-1]), wp)


@mutant("Your first step sums over the channels. Each channel keeps its own maps until the mix.")
def sums_channels_first(x, wd, wp):
    z = maps(x, wd)
    return mixed(np.broadcast_to(z.sum(axis=2, keepdims=True), z.shape), wp)


@mutant("All channels use the filters of channel 0. Each has its own.")
def one_filter_for_all(x, wd, wp):
    return mixed(maps(x, np.broadcast_to(np.asarray(wd)[:, :, :1], np.shape(wd))), wp)


@mutant("Only the first of the m filters of each channel is used. Use all of them.")
def first_multiplier_only(x, wd, wp):
    z = maps(x, wd)
    z[..., 1:] = 0
    return mixed(z, wp)


@mutant("There is a ReLU between your two steps. The text has no activation there.")
def relu_between(x, wd, wp):
    return mixed(np.maximum(maps(x, wd), 0), wp)


@mutant("The mix is missing: your result is z.")
def without_the_mix(x, wd, wp):
    z = maps(x, wd)
    return z.reshape(*z.shape[:2], -1)


@mutant("Your result has the type of x: with whole numbers in x the fractions are cut off.")
def in_the_type_of_x(x, wd, wp):
    return mixed(maps(x, wd), wp).astype(np.asarray(x).dtype)


pieces_apart = mutant(
    "Your k numbers stand m apart. Those of a unit are neighbours: the first k belong to unit 0.",
    maxout=lambda x, k: np.asarray(x).reshape(*np.shape(x)[:-1], k, -1).max(axis=-2),
)
units_and_pieces_exchanged = mutant(
    "You make k units of m numbers each. There are m units of k numbers.",
    maxout=lambda x, k: np.asarray(x).reshape(*np.shape(x)[:-1], k, -1).max(axis=-1),
)
never_below_zero = mutant(
    "Your maxout never goes below 0. It is the largest of the k numbers and no other.",
    maxout=lambda x, k: np.maximum(largest(x, k), 0),
)
smallest_of_pieces = mutant(
    "You take the smallest of the k numbers. Take the largest.",
    maxout=lambda x, k: -largest(-np.asarray(x, float), k),
)
sum_of_pieces = mutant(
    "You sum the k numbers. Take the largest.",
    maxout=lambda x, k: sum(np.asarray(x)[..., p::k] for p in range(k)),
)
largest_in_size = mutant(
    "You take the number that is largest without its sign. −4 is smaller than −2.",
    maxout=lambda x, k: np.take_along_axis(
        np.asarray(x).reshape(*np.shape(x)[:-1], -1, k),
        np.abs(np.asarray(x, float)).reshape(*np.shape(x)[:-1], -1, k).argmax(-1)[..., None],
        axis=-1,
    )[..., 0],
)
keeps_an_axis = mutant(
    "Your maxout keeps the axis of the pieces, with length 1.",
    maxout=lambda x, k: largest(x, k)[..., None],
)
along_the_first_axis = mutant(
    "Your groups of k run along the first axis. They run along the last.",
    maxout=lambda x, k: (
        largest(np.moveaxis(np.asarray(x), 0, -1), k) if np.shape(x)[0] % k == 0 else np.zeros(1)
    ),
)


# Variants -----------------------------------------------------------------------------------------


def by_einsum(x, wd, wp):
    x, wd, wp = (np.asarray(a, np.float32) for a in (x, wd, wp))
    windows = np.lib.stride_tricks.sliding_window_view(x, wd.shape[:2], axis=(0, 1))
    return np.einsum("ijcuv,uvcq,cqf->ijf", windows, wd, wp.reshape(*wd.shape[2:], -1))


def by_channels(x, wd, wp):
    (kh, kw, channels, m), filters = np.shape(wd), np.shape(wp)[1]
    oh, ow = len(x) - kh + 1, len(x[0]) - kw + 1
    out = [[[0.0] * filters for _ in range(ow)] for _ in range(oh)]
    for i, j, c, q in np.ndindex(oh, ow, channels, m):
        seen = float(np.sum(np.asarray(x, float)[i : i + kh, j : j + kw, c] * wd[:, :, c, q]))
        for f in range(filters):
            out[i][j][f] += seen * float(wp[c * m + q][f])
    return out


def as_one_convolution(x, wd, wp):
    from numpy.lib.stride_tricks import sliding_window_view

    w = np.einsum("uvcq,cqf->uvcf", wd, np.reshape(wp, (*np.shape(wd)[2:], -1)))
    windows = sliding_window_view(np.asarray(x, float), w.shape[:2], axis=(0, 1))
    return np.tensordot(windows, w, axes=([3, 4, 2], [0, 1, 2]))


in_float32 = variant(
    "einsum in float32; maxout by slices",
    depthwise_separable=by_einsum,
    maxout=lambda x, k: np.max([np.asarray(x, np.float32)[..., p::k] for p in range(k)], axis=0),
)
in_lists = variant(
    "channel by channel, as nested lists; maxout by np.split",
    depthwise_separable=by_channels,
    maxout=lambda x, k: np.stack(
        [p.max(-1) for p in np.split(np.asarray(x), np.shape(x)[-1] // k, axis=-1)], -1
    ).tolist(),
)
as_a_product = variant("one convolution with the product", depthwise_separable=as_one_convolution)
