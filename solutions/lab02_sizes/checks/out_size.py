"""The visible checks of N.1."""

from nablab.checking import check, contract, each, equal, refuses
from nablab.reference.sizes import out_size

from .oracles import arguments, draws

TABLE = (  # n, k, s, pad, dilation
    (10, 3, 1, "valid", 1),
    (10, 3, 1, 1, 1),
    (8, 3, 2, "valid", 1),
    (8, 3, 1, "valid", 2),
    (7, 3, 2, "same", 1),
    (6, 4, 1, "same", 1),
    (11, 2, 3, 0, 1),
    (9, 4, 2, 2, 1),
    (5, 5, 3, "valid", 1),
    (13, 3, 2, 3, 4),
)


IN_ORDER = ("n", "k", "s", "pad", "dilation")


def sizes(student, calls):
    """The student's sizes for many calls, each compared with the right one."""
    for call, got in zip(calls, each(student, "out_size", calls), strict=True):
        equal(got, out_size(*call), f"out_size({arguments(IN_ORDER, call)}).")


@check("contract")
def test_out_size_returns_a_whole_number(student):
    """out_size takes n, k, s, pad and dilation and returns a whole number"""
    contract(student, "out_size", 10, 3, 1, "valid", 1, shape=(), kind="int")


@check("hand")
def test_the_table(student):
    """A table of ten sizes, including the text's five"""
    sizes(student, TABLE)


@check("hand")
def test_a_window_that_does_not_fit(student):
    """A window that does not fit raises ValueError, also with a stride"""
    refuses(student.out_size, 3, 4, says="A window of 4 on 3 pixels.")
    refuses(
        student.out_size,
        4,
        5,
        2,
        "valid",
        says="A window of 5 on 4 pixels, in steps of 2: 0 places.",
    )
    refuses(student.out_size, 6, 4, 1, 0, 2, says="A window of 4 with dilation 2 spans 7 pixels.")


@check("probe")
def test_without_the_last_arguments(student):
    """Stride 1, no padding and no dilation are the defaults"""
    sizes(student, [(7, 3), (8, 3, 2), (8, 3, 2, 1)])


@check("probe")
def test_padding_counts_on_both_sides(student):
    """One more zero on each side gives two more places"""
    sizes(student, [(9, 3, 1, pad) for pad in range(4)])


@check()
def test_what_same_does_not_depend_on(student, rng):
    """With "same" the window does not matter, and n / s is rounded up"""
    calls = [
        (n, k, s, "same", d)
        for n, k in draws(rng, 6, [3, 1], [40, 9])
        for s, d in ((1, 2), (2, 1), (3, 2))
    ]
    sizes(student, calls)


@check("oracle")
def test_many_sizes(student, rng):
    """Many draws of n, k, s, padding and dilation"""
    sizes(student, some_calls(rng, 60))


def some_calls(rng, count):
    """Calls of out_size with at least one place, and three in which the window just fits."""
    calls = []
    while len(calls) < count:
        n, k, s, p, d = (int(value) for value in rng.integers([1, 1, 1, 0, 1], [40, 8, 5, 4, 4]))
        if n + 2 * p > d * (k - 1):
            calls.append((n, k, s, p, d))
    return [*calls, (7, 7, 3, "valid", 1), (7, 4, 5, 0, 2), (1, 3, 2, 1, 1)]


PROBES = [
    *(("out_size", call) for call in TABLE),
    ("out_size", (2, 5, 4)),
    ("out_size", (9, 3, 2, "same", 1)),
    ("out_size", (11, 3, 2, "same", 3)),
    ("out_size", (1, 3, 2, 1, 1)),
]
