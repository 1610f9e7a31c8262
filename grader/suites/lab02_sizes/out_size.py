"""Hidden checks of N.1."""

from math import ceil, floor

import numpy as np

from nablab.checking import check, mutant, refuses, variant
from nablab.reference import sizes as reference_sizes

from ..checks.oracles import draws
from ..checks.out_size import sizes


@check("oracle")
def test_five_hundred_draws(student, rng):
    """Five hundred draws of all arguments"""
    drawn = draws(rng, 1200, [1, 1, 1, 1], [60, 9, 6, 5])
    calls = [
        (n, k, s, pad, d)
        for (n, k, s, d), pad in zip(drawn, [0, 1, 2, 5, "valid", "same"] * 200, strict=True)
        if pad == "same" or n + 2 * (0 if pad == "valid" else pad) > d * (k - 1)
    ]
    sizes(student, calls[:500])


@check()
def test_windows_that_do_not_fit(student, rng):
    """Windows that are too long by one pixel or by many raise ValueError"""
    for n, k, s, d in draws(rng, 12, [1, 2, 1, 1], [9, 7, 7, 4]):
        short = d * (k - 1)  # pixels: one too few
        refuses(student.out_size, short, k, s, "valid", d, says=f"{short} pixels, window {k}.")
        refuses(student.out_size, short, k, s, 0, d, says=f"{short} pixels, window {k}.")
        if short > 2 * n:
            refuses(student.out_size, short - 2 * n, k, s, n, d, says="Padding is not enough.")
    refuses(student.out_size, 3, 40, 2, says="A window of 40 on 3 pixels.")


@check()
def test_a_window_that_just_fits(student, rng):
    """A window that just fits has one place, whatever the stride"""
    calls = [
        (d * (k - 1) + 1 - 2 * p, k, s, p, d)
        for _n, k, s, d in draws(rng, 20, [1, 3, 1, 2], [2, 9, 8, 5])
        for p in (0, 1)
    ]
    sizes(student, calls)


@check()
def test_steps_and_sizes(student, rng):
    """A row that is one stride longer has one place more, with any padding"""
    for _, k, s, d in draws(rng, 6, [1, 1, 1, 1], [2, 6, 6, 4]):
        n = int(rng.integers(25, 60))
        sizes(
            student,
            [(m, k, s, pad, d) for m in (n, n + s) for pad in ("valid", "same", 3)],
        )


@check("probe")
def test_what_is_taken_where_nothing_is_said(student, rng):
    """Two, three or four arguments are enough"""
    n, k, s = (int(value) for value in rng.integers([20, 2, 2], [50, 7, 5]))
    sizes(student, [(n, k), (n, k, s), (n, k, s, 2), (n, k, s, "valid"), (n, k, s, "same")])


# Mutants ------------------------------------------------------------------------------------------


def places(n, k, s, pad, dilation, *, rounded=floor, span=None, both=2, same=None, least=1):
    """The size formula with one part of it replaced."""
    if pad == "same":
        return same(n, k, s, dilation) if same else -(-n // s)
    span = dilation * (k - 1) + 1 if span is None else span
    size = rounded((n + both * (0 if pad == "valid" else pad) - span) / s) + 1
    if size < least:
        raise ValueError("no place")
    return size


@mutant(
    "You round the fraction up. A last step that does not fit entirely would put the window beyond "
    'the end: round down. Only "same" rounds up.',
)
def rounds_up(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, rounded=ceil)


@mutant(
    'You round n / s down for padding "same". It is rounded up: the last window counts, with zeros '
    "where the pixels end.",
)
def rounds_same_down(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: n // s)


@mutant(
    'You read padding "same" as (k − 1)/2 zeros on each side. It means as many as it takes to get '
    "n / s places, rounded up, whatever the window.",
)
def same_as_half_a_window(n, k, s=1, pad=0, dilation=1):
    return places(
        n, k, s, pad, dilation, same=lambda n, k, s, d: (n + 2 * ((k - 1) // 2) - k) // s + 1
    )


@mutant(
    'Your padding "same" always gives n places. That is right for stride 1; with a stride there are '
    "n / s, rounded up.",
)
def same_without_the_stride(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: n)


@mutant(
    'With dilation your padding "same" forgets the stride. There are n / s places, rounded up, '
    "whatever the dilation.",
)
def same_keeps_the_size_of_a_spread_window(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, same=lambda n, k, s, d: -(-n // s) if d == 1 else n)


@mutant("The dilation is ignored. A spread window covers d·(k − 1) + 1 pixels instead of k.")
def dilation_ignored(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, 1)


@mutant(
    "You let a spread window cover d·k pixels. It has k − 1 gaps, not k: the span is "
    "d·(k − 1) + 1.",
)
def span_of_d_times_k(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, span=dilation * k)


@mutant("You count the padding once. It is on both sides.")
def padding_on_one_side(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, both=1)


@mutant(
    "You count the steps instead of the places: there is one more place than there are steps, the "
    "one where the window starts.",
)
def steps_not_places(n, k, s=1, pad=0, dilation=1):
    return reference_sizes.out_size(n, k, s, pad, dilation) - (pad != "same")


@mutant(
    "If the window does not fit, you return a size of 0 or less. That is the caller's error: raise "
    "ValueError.",
)
def never_refuses(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, least=-(10**9))


@mutant(
    "int(…) rounds towards 0, so a window that sticks out by less than a stride still gets a place. "
    "Round down with //: then the size is 0 and is refused.",
)
def rounds_towards_zero(n, k, s=1, pad=0, dilation=1):
    return places(n, k, s, pad, dilation, rounded=int)


# Variants -----------------------------------------------------------------------------------------


@variant("counts the places one by one")
def places_counted(n, k, s=1, pad=0, dilation=1):
    if pad == "same":
        return len(range(0, n, s))
    padding = 0 if pad == "valid" else pad
    count, start = 0, -padding
    while start + dilation * (k - 1) < n + padding:
        count, start = count + 1, start + s
    if not count:
        raise ValueError("nothing fits")
    return count


@variant("float32, rounded by NumPy")
def places_in_float32(n, k, s=1, pad=0, dilation=1):
    n, k, s, dilation = (np.float32(value) for value in (n, k, s, dilation))
    if pad == "same":
        return int(np.ceil(n / s))
    around = np.float32(0 if pad == "valid" else 2 * pad)
    size = np.floor((n + around - dilation * (k - 1) - 1) / s + 1)
    if size < 1:
        raise ValueError(f"{size} places")
    return int(size)


@variant("as a NumPy integer, of the padded length")
def places_as_numpy_integer(n, k, s=1, pad=0, dilation=1):
    if isinstance(pad, str) and pad == "same":
        return np.int64((n + s - 1) // s)
    length = np.pad(np.zeros(n), 0 if pad == "valid" else pad).size
    free = length - ((k - 1) * dilation + 1)
    if free < 0:
        raise ValueError("the window is larger than the row")
    return np.int64(free // s) + 1
