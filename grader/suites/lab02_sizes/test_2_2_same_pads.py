"""Hidden checks of 2.2."""

import numpy as np

from nablab.checking import close, each, equal, exercise, holds
from nablab.checking.expect import as_numbers
from nablab.reference.convolution_layers import conv_nd
from nablab.reference.sizes import same_pads

IN_ORDER = ("n", "k", "s", "dilation")


def pads(student, calls):
    """The student's pads for some calls, each two whole numbers that are not negative."""
    answers = each(student, "same_pads", calls)
    for call, got in zip(calls, answers, strict=True):
        numbers = as_numbers(got)
        given = dict(zip(IN_ORDER, call, strict=False))
        holds(numbers.shape == (2,), "Return two numbers, before and after.", got=got, given=given)
        holds(
            np.all((numbers == np.round(numbers)) & (numbers >= 0) & (numbers <= 1000)),
            "The zeros before and after are counts: whole numbers and not negative.",
            got=got,
            given=given,
        )
    return [tuple(int(pad) for pad in got) for got in answers]


def right(student, calls):
    for call, got in zip(calls, pads(student, calls), strict=True):
        equal(got, same_pads(*call), given=dict(zip(IN_ORDER, call, strict=False)))


def draws(rng, count, low, high):
    return [tuple(map(int, one)) for one in rng.integers(low, high, size=(count, len(low)))]


@exercise("2.2", stage="oracle")
def test_the_outputs_of_padding_same(student, rng):
    """With your zeros, windows without padding give what padding "same" gives"""
    calls = [
        *draws(rng, 8, [5, 1, 1, 1], [30, 9, 6, 2]),
        *draws(rng, 4, [8, 2, 1, 2], [30, 5, 2, 5]),
        (13, 4, 2, 1),
        (6, 3, 2, 1),
        (11, 2, 5, 1),
    ]
    for call, got in zip(calls, pads(student, calls), strict=True):
        n, k, s, d = call
        x, w = rng.normal(size=(1, n, 1)), rng.normal(size=(k, 1, 1))
        padded = np.pad(x, [(0, 0), got, (0, 0)])
        holds(padded.shape[1] > d * (k - 1), "With these zeros not one window fits.", got=got)
        close(
            conv_nd(padded, w, strides=s, dilation=d)[0, :, 0],
            conv_nd(x, w, strides=s, dilation=d, padding="same")[0, :, 0],
            f"n, k, s, dilation = {call}, your zeros {got}.",
        )


@exercise("2.2")
def test_the_counts_of_many_rows(student, rng):
    """The zeros of many rows, windows and strides"""
    right(student, draws(rng, 120, [3, 1, 1], [50, 12, 7]))


@exercise("2.2")
def test_with_stride_1_the_row_does_not_matter(student, rng):
    """With stride 1 there are span − 1 zeros in all, for rows of any length"""
    calls = draws(rng, 20, [1, 2, 1, 1], [40, 9, 2, 6])
    for (_n, k, _s, d), got in zip(calls, pads(student, calls), strict=True):
        equal(sum(got), d * (k - 1), f"Window {k}, dilation {d}: all zeros together.")
    right(student, calls)


@exercise("2.2")
def test_the_odd_zero_goes_after(student, rng):
    """Where the zeros cannot be halved, one more goes after"""
    calls = [(n, 2 * half, 1) for n, half in draws(rng, 10, [4, 1], [40, 6])]
    for call, (before, after) in zip(calls, pads(student, calls), strict=True):
        equal(after - before, 1, f"n, k, s = {call}: zeros after, less those before.")


@exercise("2.2", stage="probe")
def test_where_nothing_is_missing(student, rng):
    """Strides that leave pixels out need no zeros, and never fewer than none"""
    for places, k, more in draws(rng, 8, [1, 1, 1], [9, 5, 5]):
        s = k + more
        n = (places - 1) * s + k
        right(student, [(n, k, s), (n + 1, k, s), (n + more, k, s)])
