"""The visible checks of 8.3."""

import numpy as np

from nablab.checking import check, close, contract, each, equal, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.sandbox.student import parameters

from .oracles import same

ROW, STAMP = np.array([[[1.0], [3.0]]]), np.array([1.0, 10, 100]).reshape(1, 3, 1, 1)


def transposed(y, w, s=(1, 1)):
    (h, b, _), (kh, kw, c, _) = np.shape(y), np.shape(w)
    out = np.zeros(((h - 1) * s[0] + kh, (b - 1) * s[1] + kw, c))
    for u in range(kh):
        for v in range(kw):
            rows, columns = slice(u, u + h * s[0], s[0]), slice(v, v + b * s[1], s[1])
            out[rows, columns][:h, :b] += np.asarray(y, float) @ np.asarray(w, float)[u, v].T
    return out


def uneven(k, s):
    """By counting: a long row of stamps, and its middle."""
    counts = np.zeros(40 * s + 40 * k)
    for start in range(0, len(counts) - k + 1, s):
        counts[start : start + k] += 1
    return bool(np.ptp(counts[10 * k : -10 * k]) > 0)


def is_bool(got):
    return isinstance(got, (bool, np.bool_)) or (
        isinstance(got, np.ndarray) and got.shape == () and got.dtype == bool
    )


def predicts(student, cases):
    for (k, s), got in zip(cases, each(student, "checkerboard", cases), strict=True):
        says = f"checkerboard({k}, {s}):"
        holds(is_bool(got), f"{says} it should be True or False.", got=got)
        equal(bool(got), uneven(k, s), says)


@check("contract")
def test_an_array_and_a_truth_value(student):
    """conv_transpose2d gives the size of the text and C channels, checkerboard True or False"""
    y, w = np.arange(24.0).reshape(3, 2, 4) - 9, np.arange(60.0).reshape(5, 1, 3, 4) - 20
    contract(student, "conv_transpose2d", y, w, (2, 3), shape=(9, 4, 3))
    equal(parameters(student, "checkerboard")[:2], ("k", "s"), "The parameters:")
    predicts(student, [(3, 2)])


@check("hand")
def test_the_row_of_the_text(student):
    """The row of the text gives 1, 10, 103, 30, 300, and lying as a column the same"""
    given = {"y": ROW[..., 0], "w": STAMP[..., 0, 0]}
    right = np.array([1.0, 10, 103, 30, 300])
    got = student.conv_transpose2d(ROW, STAMP, (1, 2))
    close(got, right.reshape(1, 5, 1), "The row:", given=given)
    got = student.conv_transpose2d(ROW.swapaxes(0, 1), STAMP.swapaxes(0, 1), (2, 1))
    close(got, right.reshape(5, 1, 1), "The column:")


@check("hand")
def test_the_three_counts_of_the_text(student):
    """k = 3 with s = 2 makes a checkerboard, k = 4 does not, k = 1 does"""
    predicts(student, [(3, 2), (4, 2), (1, 2)])


@check("probe")
def test_one_number_leaves_one_stamp(student):
    """A single number leaves its filter, upright, in the window that begins at (i·sh, j·sw)"""
    w = np.arange(1.0, 13).reshape(2, 3, 2, 1)
    y = np.zeros((3, 4, 1))
    y[2, 1] = 2
    got = student.conv_transpose2d(y, w, (3, 2))
    right = np.zeros((8, 9, 2))
    right[6:8, 2:5] = 2 * w[..., 0]
    close(got, right, "Only y[2, 1] is not 0, s = (3, 2):", given={"w": w[..., 0, 0]})


@check()
def test_the_adjoint_law(student, rng):
    """The sums of conv(x)·y and of x·convT(y) agree"""
    for s, size in (((2, 1), (3, 4)), ((1, 3), (4, 2)), ((3, 4), (2, 3))):
        w, y = rng.normal(size=(3, 2, 2, 5)), rng.normal(size=(*size, 5))
        shape = ((size[0] - 1) * s[0] + 3, (size[1] - 1) * s[1] + 2, 2)
        x = rng.normal(size=shape)
        got = as_numbers(student.conv_transpose2d(y, w, s))
        equal(got.shape, shape, f"s = {s}, the shape:")
        forth = conv_nd(x[None], w, strides=s)[0]
        scale = float(np.linalg.norm(forth) * np.linalg.norm(y))
        close(np.sum(x * got), np.sum(forth * y), f"s = {s}, sum of x·convT(y):", atol=1e-5 * scale)


@check("oracle")
def test_filters_and_strides_of_every_kind(student, rng):
    """Filters that overlap, that touch and that leave gaps, several channels"""
    for size, kernel, channels, filters, s in (
        ((3, 5), (2, 3), 3, 2, (1, 2)),
        ((4, 2), (3, 1), 1, 4, (3, 2)),
        ((2, 3), (2, 4), 5, 1, (5, 1)),
    ):
        y, w = rng.normal(size=(*size, filters)), rng.normal(size=(*kernel, channels, filters))
        got = student.conv_transpose2d(y, w, s)
        same(got, lambda y, w, s=s: transposed(y, w, s), y, w, says=f"filter {kernel}, s = {s}:")


@check("probe")
def test_whole_numbers_times_fractions(student):
    """y may hold whole numbers and w fractions"""
    y, w = np.arange(1, 7).reshape(3, 2, 1), np.array([0.5, 0.25, 1.5]).reshape(1, 3, 1, 1)
    got = student.conv_transpose2d(y, w, (2, 2))
    same(got, lambda y, w: transposed(y, w, (2, 2)), y, w, says="Whole numbers in y:")


@check("oracle")
def test_every_small_filter_and_stride(student):
    """checkerboard agrees with counting for all k and s up to 6"""
    predicts(student, [(k, s) for k in range(1, 7) for s in range(1, 7)])


PROBE = (np.array([[[1, 2], [3, -1]], [[-2, 5], [4, 0.5]], [[2, 2], [0, 1]]]),)
PROBE += (np.arange(1, 25).reshape(2, 3, 2, 2) ** 1.5, (3, 2))
OTHER = (PROBE[0], np.arange(1, 25).reshape(3, 2, 2, 2) ** 1.5, (1, 1))


def probe_boards(student):
    return [bool(student.checkerboard(k, s)) for k in range(1, 9) for s in range(1, 9)]


WHOLE = (np.arange(1, 7).reshape(3, 2, 1), np.array([0.5, 0.25, 1.5]).reshape(1, 3, 1, 1), (2, 2))
PROBES = [("conv_transpose2d", given) for given in (PROBE, OTHER, WHOLE)] + [probe_boards]
