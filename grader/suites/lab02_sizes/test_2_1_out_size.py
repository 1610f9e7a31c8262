"""Hidden checks of 2.1."""

from nablab.checking import each, equal, exercise, refuses
from nablab.reference.sizes import out_size

IN_ORDER = ("n", "k", "s", "pad", "dilation")


def sizes(student, calls):
    for call, got in zip(calls, each(student, "out_size", calls), strict=True):
        equal(got, out_size(*call), given=dict(zip(IN_ORDER, call, strict=False)))


def draws(rng, count, low, high):
    """(n, k, s, dilation), some of them windows that do not fit."""
    return [tuple(map(int, one)) for one in rng.integers(low, high, size=(count, 4))]


@exercise("2.1", stage="oracle")
def test_five_hundred_draws(student, rng):
    """Five hundred draws of all arguments"""
    drawn = draws(rng, 1200, [1, 1, 1, 1], [60, 9, 6, 5])
    calls = [
        (n, k, s, pad, d)
        for (n, k, s, d), pad in zip(drawn, [0, 1, 2, 5, "valid", "same"] * 200, strict=True)
        if pad == "same" or n + 2 * (0 if pad == "valid" else pad) > d * (k - 1)
    ]
    sizes(student, calls[:500])


@exercise("2.1")
def test_windows_that_do_not_fit(student, rng):
    """Windows that miss by a pixel or by many raise ValueError"""
    for n, k, s, d in draws(rng, 12, [1, 2, 1, 1], [9, 7, 7, 4]):
        short = d * (k - 1)  # pixels: one too few
        refuses(student.out_size, short, k, s, "valid", d, says=f"{short} pixels, window {k}.")
        refuses(student.out_size, short, k, s, 0, d, says=f"{short} pixels, window {k}.")
        if short > 2 * n:
            refuses(student.out_size, short - 2 * n, k, s, n, d, says="Padding is not enough.")
    refuses(student.out_size, 3, 40, 2, says="A window of 40 on 3 pixels.")


@exercise("2.1")
def test_a_window_that_just_fits(student, rng):
    """A window that just fits has one place, whatever the stride"""
    calls = [
        (d * (k - 1) + 1 - 2 * p, k, s, p, d)
        for _n, k, s, d in draws(rng, 20, [1, 3, 1, 2], [2, 9, 8, 5])
        for p in (0, 1)
    ]
    sizes(student, calls)


@exercise("2.1")
def test_steps_and_sizes(student, rng):
    """A row that is one stride longer has one place more, with any padding"""
    for _, k, s, d in draws(rng, 6, [1, 1, 1, 1], [2, 6, 6, 4]):
        n = int(rng.integers(25, 60))
        sizes(
            student,
            [(m, k, s, pad, d) for m in (n, n + s) for pad in ("valid", "same", 3)],
        )


@exercise("2.1", stage="probe")
def test_what_is_taken_where_nothing_is_said(student, rng):
    """Two, three or four arguments do"""
    n, k, s = (int(value) for value in rng.integers([20, 2, 2], [50, 7, 5]))
    sizes(student, [(n, k), (n, k, s), (n, k, s, 2), (n, k, s, "valid"), (n, k, s, "same")])
