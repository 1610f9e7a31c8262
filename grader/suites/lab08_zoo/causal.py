"""Hidden checks of N.1."""

import numpy as np

from nablab.checking import check, left_alone, mutant, variant

from ..checks.oracles import conv1d, future_does_not_matter, of_every_kind, same
from .building_blocks import floats, reach, slide


@check("oracle")
def test_dilations_and_filters_of_every_size(student, rng):
    """Filters of one to five entries, dilations from one to six"""
    for length, k, channels, filters, d in (
        (17, 4, 3, 2, 3),
        (11, 5, 2, 3, 2),
        (19, 2, 1, 4, 6),
        (8, 1, 4, 1, 5),
        (23, 3, 3, 3, 1),
    ):
        x, w = rng.normal(size=(length, channels)), rng.normal(size=(k, channels, filters))
        says = f"T = {length}, k = {k}, C = {channels}, F = {filters}, d = {d}:"
        for name, padding in (("dilated_conv1d", "valid"), ("causal_conv1d", "causal")):
            got = getattr(student, name)(x, w, d)
            same(got, lambda x, w, d=d, p=padding: conv1d(x, w, d, p), x, w, says=f"{name}, {says}")


@check()
def test_the_future_does_not_matter(student, rng):
    """What comes after a moment does not change the outputs up to it"""
    k, d = int(rng.integers(2, 5)), int(rng.integers(1, 4))
    x, w = rng.normal(size=(17, 2)), rng.normal(size=(k, 2, 3))
    for t in (0, 5, 11, 15):
        future_does_not_matter(student, rng, x, w, d, t)


@check("probe")
def test_the_present_counts(student, rng):
    """Output t does read moment t: the last entry of the filter is for the present"""
    x, w = rng.normal(size=(9, 2)), np.zeros((3, 2, 2))
    w[-1] = rng.normal(size=(2, 2))
    got = student.causal_conv1d(x, w, 2)
    same(got, lambda x, w: conv1d(x, w, 2, "causal"), x, w, says="Only w[-1] is not 0:")


@check("probe")
def test_a_signal_shorter_than_the_filter(student, rng):
    """A signal that is shorter than the filter's reach, down to a single moment"""
    w = rng.normal(size=(4, 2, 3))
    for length in (1, 2, 7):
        x = rng.normal(size=(length, 2))
        got = student.causal_conv1d(x, w, 5)
        same(got, lambda x, w: conv1d(x, w, 5, "causal"), x, w, says=f"T = {length}, reach 15:")


@check()
def test_as_with_zeros_between_the_entries(student, rng):
    """Dilation d does what a filter with d − 1 zeros between its entries does, one output included"""
    x, w = rng.normal(size=(9, 2)), rng.normal(size=(3, 2, 3))
    for d in (2, 4):  # with 4 a single place is left
        spread = np.zeros((2 * d + 1, 2, 3))
        spread[::d] = w
        got = student.dilated_conv1d(x, w, d)
        same(got, conv1d, x, spread, says=f"d = {d}:")


@check("probe")
def test_inputs_stay_whatever_they_hold(student, rng):
    """Whole numbers, bytes and transposed views are welcome, and both arrays stay as they were"""
    x, w = rng.normal(size=(11, 2)), rng.normal(size=(3, 2, 4))
    for name, padding in (("dilated_conv1d", "valid"), ("causal_conv1d", "causal")):
        for says, a, b in of_every_kind(rng, x, w):
            got = left_alone(student, name, a, b, 2)
            same(got, lambda x, w, p=padding: conv1d(x, w, 2, p), a, b, says=f"{name}, {says}")


# Mutants ------------------------------------------------------------------------------------------


def pair(says, valid, causal):
    return mutant(says, dilated_conv1d=valid, causal_conv1d=causal)


def causal(x, w, d=1):
    return slide(x, w, d, before=reach(w, d))


flipped = pair(
    "Your filter is turned round in time: entry u reads moment t + u·d, the first entry the oldest.",
    lambda x, w, d=1: slide(x, np.asarray(w)[::-1], d),
    lambda x, w, d=1: causal(x, np.asarray(w)[::-1], d),
)
flipped_in_the_causal_one = mutant(
    "The filter of your causal convolution is turned round in time: its last entry reads the present.",
    causal_conv1d=lambda x, w, d=1: causal(x, np.asarray(w)[::-1], d),
)
causal_ignores_the_dilation = mutant(
    "The entries of your causal filter are neighbours whatever d is. They are d moments apart.",
    causal_conv1d=lambda x, w, d=1: causal(x, w),
)
ignores_the_dilation = pair(
    "The entries of your filter are neighbours whatever d is. Entry u reads moment t + u·d.",
    lambda x, w, d=1: slide(x, w),
    lambda x, w, d=1: causal(x, w),
)
stride_for_dilation = pair(
    "You take every d-th moment of the signal first, or every d-th output: that is a stride. A dilated "
    "filter still has an output for each place.",
    lambda x, w, d=1: slide(x, w, d)[::d],
    lambda x, w, d=1: causal(x, w, d)[::d],
)
d_zeros_between = pair(
    "You leave d moments out between two entries. They are d apart: d − 1 are left out.",
    lambda x, w, d=1: slide(x, w, d + 1),
    lambda x, w, d=1: causal(x, w, d + 1),
)
last_place_missing = mutant(
    "The last place is missing: there are T − d·(k − 1) of them.",
    dilated_conv1d=lambda x, w, d=1: slide(x, w, d)[:-1],
    causal_conv1d=causal,
)
pads_both_sides = mutant(
    "You pad half in front and half behind, so an output reads what comes later. All the zeros go in "
    "front.",
    causal_conv1d=lambda x, w, d=1: slide(
        x, w, d, before=reach(w, d) // 2, after=reach(w, d) - reach(w, d) // 2
    ),
)
pads_behind = mutant(
    "Your zeros stand behind the signal: every output reads the future only. They go in front.",
    causal_conv1d=lambda x, w, d=1: slide(x, w, d, after=reach(w, d)),
)
sees_the_next_moment = mutant(
    "Output t reads moment t + 1: you pad one row too few in front and one behind.",
    causal_conv1d=lambda x, w, d=1: slide(x, w, d, before=reach(w, d) - 1, after=1),
)
misses_the_present = mutant(
    "Output t does not read moment t: you pad one row too many in front. The last entry of the filter "
    "is for the present.",
    causal_conv1d=lambda x, w, d=1: slide(x, w, d, before=reach(w, d) + 1)[: len(x)],
)


def pads_by_k(x, w, d=1):
    return slide(np.asarray(x, float), w, d, before=len(w) - 1, after=(d - 1) * (len(w) - 1))


pads_without_d = mutant(
    "You pad k − 1 rows in front whatever d is. The filter spans d·(k − 1) moments before the present.",
    causal_conv1d=pads_by_k,
)
comes_round = mutant(
    "Before its first moment your signal goes on with its end. There x counts as 0.",
    causal_conv1d=lambda x, w, d=1: slide(x, w, d, before=reach(w, d), mode="wrap"),
)
repeats_the_first_moment = mutant(
    "You repeat the first moment in front of the signal. There x counts as 0.",
    causal_conv1d=lambda x, w, d=1: slide(x, w, d, before=reach(w, d), mode="edge"),
)
one_channel = pair(
    "Only the first channel of the signal counts in your sum. Sum over all of them.",
    lambda x, w, d=1: slide(np.asarray(x)[:, :1], np.asarray(w)[:, :1], d),
    lambda x, w, d=1: causal(np.asarray(x)[:, :1], np.asarray(w)[:, :1], d),
)


def channels_before_moments(x, w, d=1, before=0):
    """Windows, flattened channel by channel, times the filter, flattened moment by moment."""
    x, w = floats(x, w)
    x = np.pad(x, ((before, 0), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, reach(w, d) + 1, axis=0)[..., ::d]
    return windows.reshape(len(windows), -1) @ w.reshape(-1, w.shape[2])


windows_in_another_order = pair(
    "Your windows are flattened channel by channel, your filter moment by moment, so the wrong numbers "
    "meet. sliding_window_view puts the window's axis last: move it before the channels.",
    channels_before_moments,
    lambda x, w, d=1: channels_before_moments(x, w, d, reach(w, d)),
)
in_the_type_of_x = pair(
    "Your result has the type of x: with whole numbers in x the fractions are cut off. Compute in "
    "floats.",
    lambda x, w, d=1: slide(x, w, d).astype(np.asarray(x).dtype),
    lambda x, w, d=1: causal(x, w, d).astype(np.asarray(x).dtype),
)


# Variants -----------------------------------------------------------------------------------------


def by_loops(x, w, d, first, count):
    k, channels, filters = np.shape(w)
    y = np.zeros((count, filters))
    for t in range(count):
        for f in range(filters):
            for u in range(k):
                row = first + t + u * d
                if row >= 0:
                    y[t, f] += sum(x[row][c] * w[u][c][f] for c in range(channels))
    return y


in_loops = variant(
    "number by number",
    dilated_conv1d=lambda x, w, d=1: by_loops(x, w, d, 0, len(x) - reach(w, d)),
    causal_conv1d=lambda x, w, d=1: by_loops(x, w, d, -reach(w, d), len(x)),
)


def windows_in_float32(x, w, d=1):
    x, w = np.asarray(x, np.float32), np.asarray(w, np.float32)
    span = d * (len(w) - 1) + 1
    windows = np.lib.stride_tricks.sliding_window_view(x, span, axis=0)[..., ::d]  # (T', C, k)
    return np.einsum("tcu,ucf->tf", windows, w)


in_float32 = variant(
    "windows and einsum, in float32",
    dilated_conv1d=windows_in_float32,
    causal_conv1d=lambda x, w, d=1: windows_in_float32(
        np.pad(np.asarray(x), ((d * (len(w) - 1), 0), (0, 0))), w, d
    ),
)


def with_np_convolve(x, w, d=1):
    x, w = floats(x, w)
    spread = np.zeros((d * (len(w) - 1) + 1, *w.shape[1:]))
    spread[::d] = w
    columns = [
        sum(np.convolve(x[:, c], spread[::-1, c, f], "full") for c in range(x.shape[1]))
        for f in range(w.shape[2])
    ]
    return np.stack(columns, axis=1)


by_np_convolve = variant(
    "zeros between the entries, np.convolve",
    dilated_conv1d=lambda x, w, d=1: with_np_convolve(x, w, d)[reach(w, d) : len(x)],
    causal_conv1d=lambda x, w, d=1: with_np_convolve(x, w, d)[: len(x)],
)
shifted_in_place = variant(
    "causal by adding up shifted signals",
    causal_conv1d=lambda x, w, d=1: sum(
        np.concatenate([np.zeros((s, np.shape(x)[1])), x])[: len(x)] @ np.asarray(w, float)[u]
        for u in range(len(w))
        for s in [(len(w) - 1 - u) * d]
    ),
)
