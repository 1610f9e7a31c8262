"""The visible checks of N.5."""

import numpy as np

from nablab.checking import check, close, contract
from nablab.reference.convolution_layers import separable_conv

from .oracles import same

X = np.array([[[1.0, 5], [2, 6], [3, 7]]])
WD = np.array([[[[1.0], [0]], [[0], [1]]]])
WP = np.array([[10.0], [1.0]])
NUMBERS = np.array([3.0, -1, -4, -2, 0, 7])


def separable(x, wd, wp):
    return separable_conv(np.asarray(x)[None], wd, np.asarray(wp)[None, None])[0]


def largest(x, k):
    x = np.asarray(x)
    return np.max([x[..., p::k] for p in range(k)], axis=0)


@check("contract")
def test_two_arrays_of_the_right_shape(student):
    """depthwise_separable gives (oh, ow, F), maxout a last axis k times shorter"""
    x, wd = np.arange(105.0).reshape(7, 5, 3) % 8 - 3, np.arange(36.0).reshape(3, 2, 3, 2) % 5 - 2
    wp = np.arange(24.0).reshape(6, 4) % 7 - 3
    contract(student, "depthwise_separable", x, wd, wp, shape=(5, 4, 4))
    contract(student, "maxout", np.arange(36.0).reshape(2, 3, 6) % 7 - 3, 2, shape=(2, 3, 3))
    contract(student, "maxout", np.arange(6.0) - 8, 3, shape=(2,))


@check("hand")
def test_the_numbers_of_the_text(student):
    """The row of the text gives 16 and 27, the six numbers 3, −2 and 7"""
    close(student.depthwise_separable(X, WD, WP), [[[16], [27]]], "Separable:")
    close(student.maxout(NUMBERS, 2), [3, -2, 7], "maxout(…, 2):", given={"x": NUMBERS})
    close(student.maxout(NUMBERS, 3), [3, 7], "maxout(…, 3):", given={"x": NUMBERS})


@check("probe")
def test_no_channel_sees_another_before_the_mix(student, rng):
    """With a mix that keeps one map, only that map's channel counts"""
    x, wd = rng.normal(size=(6, 5, 3)), rng.normal(size=(2, 3, 3, 2))
    for n in range(6):
        wp = np.zeros((6, 1))
        wp[n] = 1
        got = student.depthwise_separable(x, wd, wp)
        same(got, separable, x, wd, wp, says=f"Only map {n} of z, of channel {n // 2}, is kept:")


@check("probe")
def test_relu_and_absolute_value(student, rng):
    """The pairs (a, 0) make ReLU, the pairs (a, −a) the absolute value"""
    a = np.r_[rng.normal(size=6) * 3, 0.0, -5.0, 2.0]
    got = student.maxout(np.stack([a, 0 * a], axis=1).ravel(), 2)
    close(got, np.maximum(a, 0), "Pairs (a, 0):", given={"a": a}, atol=1e-6)
    close(student.maxout(np.stack([a, -a], axis=1), 2), np.abs(a)[:, None], "Pairs (a, −a):")


@check("oracle")
def test_several_sizes(student, rng):
    """Images, filters, multipliers and pieces of several sizes"""
    for size, kernel, m, filters in (
        ((7, 5, 3), (3, 2), 1, 4),
        ((4, 9, 2), (1, 4), 3, 2),
        ((5, 6, 1), (2, 5), 2, 3),
    ):
        x, wd = rng.normal(size=size), rng.normal(size=(*kernel, size[2], m))
        wp = rng.normal(size=(size[2] * m, filters))
        got = student.depthwise_separable(x, wd, wp)
        same(got, separable, x, wd, wp, says=f"x {size}, filter {kernel}, m = {m}:")
    for shape, k in (((2, 5, 12), 4), ((3, 10), 5), ((7, 6), 1), ((4, 3), 3)):
        x = rng.normal(size=shape) - 2
        close(student.maxout(x, k), largest(x, k), f"maxout of {shape}, k = {k}:")


@check("probe")
def test_whole_numbers_times_fractions(student):
    """x may hold whole numbers and the weights fractions"""
    x = np.arange(1, 13).reshape(3, 2, 2)
    wd, wp = np.arange(1, 9).reshape(2, 1, 2, 2) / 8, np.arange(1, 9).reshape(4, 2) / 4
    same(student.depthwise_separable(x, wd, wp), separable, x, wd, wp)
    close(student.maxout(x - 9, 2), largest(x - 9, 2), "maxout:")


PROBE = (
    (np.arange(60) ** 2 % 17 - 8).reshape(5, 4, 3),
    (np.arange(36) ** 2 % 13 / 4 - 1).reshape(3, 2, 3, 2),
    (np.arange(24) ** 2 % 19 / 4 - 2).reshape(6, 4),
)
PROBES = [
    ("depthwise_separable", PROBE),
    ("maxout", ((np.arange(24) ** 2 % 17 - 12.0).reshape(4, 6), 2)),
    ("maxout", ((np.arange(24) ** 2 % 17 - 12.0).reshape(4, 6), 3)),
]
