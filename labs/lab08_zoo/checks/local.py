"""The visible checks of 8.4."""

import numpy as np

from nablab.checking import check, close, contract, holds
from nablab.checking.expect import as_numbers
from nablab.reference import convolution_layers as oracle

from .oracles import same

X = np.array([[1.0, 2, 3, 4]])[..., None]


def local(x, w):
    return oracle.locally_connected(np.asarray(x)[None], w)[0]


def floor(x, w):
    return oracle.tiled_conv2d(np.asarray(x)[None], w)[0]


def conv(x, w):
    return oracle.conv_nd(np.asarray(x)[None], w)[0]


@check("contract")
def test_two_arrays_of_the_right_shape(student):
    """locally_connected and tiled return arrays (oh, ow, F)"""
    x = np.arange(70.0).reshape(7, 5, 2) % 11 - 4
    w = np.arange(5 * 4 * 3 * 2 * 2 * 3.0).reshape(5, 4, 3, 2, 2, 3) % 7 - 3
    contract(student, "locally_connected", x, w, shape=(5, 4, 3))
    contract(student, "tiled", x, w[:2, :2], shape=(5, 4, 3))


@check("hand")
def test_the_row_of_the_text(student):
    """The row of the text gives 1, 0, 30, 20, and tiled 1, 20, 3, 40"""
    w = np.array([1.0, 0, 10, 5]).reshape(1, 4, 1, 1, 1, 1)
    got = student.locally_connected(X, w)
    close(got, np.array([1, 0, 30, 20]).reshape(1, 4, 1), "Locally connected:")
    w = np.array([[1.0, 10], [7, 7]]).reshape(2, 2, 1, 1, 1, 1)
    close(student.tiled(X, w), np.array([1, 20, 3, 40]).reshape(1, 4, 1), "Tiled:")


@check("probe")
def test_each_place_has_its_own_filter(student, rng):
    """Changing the weights of one place changes that output and no other"""
    x, w = rng.normal(size=(7, 5, 2)), rng.normal(size=(5, 4, 3, 2, 2, 3))
    before = as_numbers(student.locally_connected(x, w))
    holds(before.shape == (5, 4, 3), "The shape should be (5, 4, 3).", got=before)
    for place in ((0, 3), (4, 1), (2, 2)):
        other = w.copy()
        other[place] += 1 + rng.random(size=w.shape[2:])
        moved = np.abs(as_numbers(student.locally_connected(x, other)) - before).max(axis=2) > 1e-6
        holds(
            [tuple(p) for p in np.argwhere(moved)] == [place],
            f"The weights at {place} changed, and outputs at {np.argwhere(moved).tolist()} did.",
        )


@check()
def test_equal_weights_make_a_convolution(student, rng):
    """The same weights at every place, or a floor of one tile, make a convolution"""
    x, w = rng.normal(size=(7, 5, 2)), rng.normal(size=(2, 3, 2, 3))
    everywhere = np.broadcast_to(w, (6, 3, *w.shape)).copy()
    same(student.locally_connected(x, everywhere), lambda x, e: conv(x, w), x, everywhere)
    same(student.tiled(x, w[None, None]), lambda x, e: conv(x, e[0, 0]), x, w[None, None])


@check("oracle")
def test_floors_and_places_of_several_sizes(student, rng):
    """Images, filters and floors of several sizes, also a floor larger than the output"""
    for size, t, kernel, channels, filters in (
        ((11, 7), 3, (2, 3), 2, 3),
        ((5, 9), 2, (3, 1), 3, 2),
        ((4, 5), 5, (2, 2), 1, 4),
    ):
        x = rng.normal(size=(*size, channels))
        w = rng.normal(size=(t, t, *kernel, channels, filters))
        same(student.tiled(x, w), floor, x, w, says=f"Image {size}, t = {t}, filter {kernel}:")
        places = [n - k + 1 for n, k in zip(size, kernel, strict=True)]
        w = rng.normal(size=(*places, *kernel, channels, filters))
        same(student.locally_connected(x, w), local, x, w, says=f"Image {size}, filter {kernel}:")


@check("probe")
def test_whole_numbers_times_fractions(student):
    """x may hold whole numbers and w fractions"""
    x, w = np.arange(1, 13).reshape(4, 3, 1), np.arange(1, 13).reshape(2, 2, 1, 3, 1, 1) / 8
    same(student.tiled(x, w), floor, x, w, says="Tiled:")
    w = np.arange(1, 17).reshape(4, 2, 1, 2, 1, 1) / 8
    same(student.locally_connected(x, w), local, x, w, says="Locally connected:")


PROBE_X = (np.arange(40) ** 2 % 11 - 4).reshape(5, 4, 2)
PROBE_W = (np.arange(4 * 3 * 2 * 2 * 2 * 2) ** 2 % 23 / 4 - 2).reshape(4, 3, 2, 2, 2, 2)
LARGE_X = (np.arange(84) ** 2 % 13 - 5).reshape(7, 6, 2)
PROBES = [
    ("locally_connected", (PROBE_X, PROBE_W)),
    ("tiled", (PROBE_X, PROBE_W[:2, :2])),
    ("tiled", (LARGE_X, PROBE_W[:2, :2])),
]
