"""Hidden checks of N.2."""

import math

import numpy as np

from nablab.checking import check, each, equal, mutant, variant
from nablab.reference import sizes
from nablab.reference.sizes import same_pads

from ..checks.oracles import draws
from ..checks.same_pads import IN_ORDER, same_as_same, two_counts


def pads(student, calls):
    """The student's pads for some calls, which are sent as one."""
    answers = each(student, "same_pads", calls)
    return [two_counts(got, call) for got, call in zip(answers, calls, strict=True)]


def right(student, calls):
    for call, got in zip(calls, pads(student, calls), strict=True):
        equal(got, same_pads(*call), given=dict(zip(IN_ORDER, call, strict=False)))


@check("oracle")
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
        same_as_same(rng, call, got)


@check()
def test_the_counts_of_many_rows(student, rng):
    """The zeros of many rows, windows and strides"""
    right(student, draws(rng, 120, [3, 1, 1], [50, 12, 7]))


@check()
def test_with_stride_1_the_row_does_not_matter(student, rng):
    """With stride 1 there are span − 1 zeros in all, for rows of any length"""
    calls = draws(rng, 20, [1, 2, 1, 1], [40, 9, 2, 6])
    for (_n, k, _s, d), got in zip(calls, pads(student, calls), strict=True):
        equal(sum(got), d * (k - 1), f"Window {k}, dilation {d}: all zeros together.")
    right(student, calls)


@check()
def test_the_odd_zero_goes_after(student, rng):
    """If the zeros cannot be halved, one more goes after"""
    calls = [(n, 2 * half, 1) for n, half in draws(rng, 10, [4, 1], [40, 6])]
    for call, (before, after) in zip(calls, pads(student, calls), strict=True):
        equal(after - before, 1, f"n, k, s = {call}: zeros after, minus those before.")


@check("probe")
def test_where_nothing_is_missing(student, rng):
    """Strides that leave pixels out need no zeros, and no negative number of them"""
    for places, k, more in [(4, 1, 2), *draws(rng, 8, [1, 3, 1], [9, 8, 5])]:
        s = k + more
        n = (places - 1) * s + k
        right(student, [(n, k, s), (n + 1, k, s), (n + more, k, s)])


# Mutants ------------------------------------------------------------------------------------------


def missing(n, k, s, dilation=1):
    """How many zeros are missing; negative if pixels are left over."""
    return (-(-n // s) - 1) * s + dilation * (k - 1) + 1 - n


@mutant(
    "You put (k − 1)/2 zeros on each side. This is right for odd windows with stride 1; with a "
    "stride it depends on n, and an even window has a zero that cannot be halved.",
)
def half_a_window(n, k, s, dilation=1):
    half = (dilation * (k - 1)) // 2
    return half, half


@mutant("Your odd zero goes before. Keras puts it after.")
def odd_zero_before(n, k, s, dilation=1):
    return sizes.same_pads(n, k, s, dilation)[::-1]


@mutant(
    "The stride is ignored. With a stride the last window starts at (n' − 1)·s, and often fewer "
    "zeros are missing.",
)
def stride_ignored(n, k, s, dilation=1):
    return sizes.same_pads(n, k, 1, dilation)


@mutant("The dilation is ignored. A spread window covers d·(k − 1) + 1 pixels.")
def dilation_ignored_in_pads(n, k, s, dilation=1):
    return sizes.same_pads(n, k, s)


@mutant(
    "If the stride is larger than the window, your number of zeros is negative. Then nothing is "
    "missing: take at least 0.",
)
def fewer_than_none(n, k, s, dilation=1):
    total = missing(n, k, s, dilation)
    return total // 2, total - total // 2


@mutant("All your zeros go after. They are halved, and only the odd one goes after.")
def all_after(n, k, s, dilation=1):
    return 0, max(missing(n, k, s, dilation), 0)


@mutant(
    'You round the number of windows down. Padding "same" has n / s windows, rounded up, and the '
    "last one needs its zeros.",
)
def windows_rounded_down(n, k, s, dilation=1):
    total = max((n // s - 1) * s + dilation * (k - 1) + 1 - n, 0)
    return total // 2, total - total // 2


# Variants -----------------------------------------------------------------------------------------


@variant("by the remainder of n / s, as a list")
def pads_by_the_remainder(n, k, s, dilation=1):
    span = dilation * (k - 1) + 1
    total = max(span - (n % s or s), 0)
    return [total // 2, (total + 1) // 2]


@variant("adds zeros, after and before in turn, until there are windows enough")
def pads_in_turn(n, k, s, dilation=1):
    span, wanted = dilation * (k - 1) + 1, math.ceil(n / s)
    before = after = 0
    while (before + n + after - span) // s + 1 < wanted:
        if after > before:
            before += 1
        else:
            after += 1
    return before, after


@variant("float32, as an array of whole numbers")
def pads_in_float32(n, k, s, dilation=1):
    out = np.ceil(np.float32(n) / np.float32(s))
    total = np.maximum((out - 1) * np.float32(s) + dilation * (k - 1) + 1 - n, np.float32(0))
    return np.array([np.floor(total / 2), np.ceil(total / 2)]).astype(int)
