"""The visible checks of 4.5."""

import numpy as np

from nablab.checking import check, close, contract, holds, refuses
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import averagepool_nd, global_average, maxpool_nd

POOLED = np.array([[1, 3, -4, -8, 9], [5, -1, -2, -2, 0], [6, 0, 7, 1, 3]])


KINDS = {
    "max": lambda x: maxpool_nd(x, (2, 2)),
    "avg": lambda x: averagepool_nd(x, (2, 2)),
    "global": global_average,
}


@check("contract")
def test_the_shapes_after_pooling(student):
    """x (2, 7, 5, 3) becomes (2, 3, 2, 3), or (2, 3) by global pooling"""
    x = np.arange(210.0).reshape(2, 7, 5, 3) % 13 - 6
    for kind, shape in (("max", (2, 3, 2, 3)), ("avg", (2, 3, 2, 3)), ("global", (2, 3))):
        contract(student, "pool", x, kind, shape=shape)


@check("hand")
def test_the_map_of_the_text(student):
    """The map of the text: max (5, −2), avg (2, −4), global 1.2"""
    x = POOLED[None, :, :, None]
    for kind, right in (
        ("max", np.reshape([5, -2], (1, 1, 2, 1))),
        ("avg", np.reshape([2, -4], (1, 1, 2, 1))),
        ("global", [[1.2]]),
    ):
        close(student.pool(x, kind), right, f'kind "{kind}".', given={"x": POOLED})


@check("probe")
def test_every_place_of_a_window_counts(student):
    """The largest number may be anywhere in a window, and all four count in the mean"""
    for place in range(4):
        x = -np.arange(1.0, 25).reshape(1, 4, 6, 1)
        x[0, 2 + place // 2, 4 + place % 2] = 50
        for kind in ("max", "avg"):
            close(
                student.pool(x, kind),
                KINDS[kind](x),
                f'kind "{kind}", negative numbers and a single 50.',
                given={"x": x[0, :, :, 0]},
            )


@check("probe")
def test_whole_numbers_and_bytes(student):
    """Means of whole numbers and of bytes have fractions and do not overflow"""
    x = (np.arange(90).reshape(2, 5, 3, 3) * 37 % 251).astype(np.uint8)
    for kind in KINDS:
        for typed in (x, x.astype(np.int64)):
            close(
                student.pool(typed, kind),
                KINDS[kind](typed),
                f'kind "{kind}", numbers of type {typed.dtype}.',
            )


@check("probe")
def test_other_kinds_are_refused(student):
    """Any other kind raises ValueError"""
    for kind in ("mean", "Max", ""):
        refuses(student.pool, np.ones((1, 2, 2, 1)), kind, says=f'kind "{kind}".')


@check()
def test_a_mean_is_never_above_the_maximum(student, rng):
    """In every window the mean is at most the maximum, and they are equal on a flat map"""
    x = rng.normal(size=(3, 5, 7, 2))
    by_max, by_mean = (as_numbers(student.pool(x, kind)) for kind in ("max", "avg"))
    holds(
        by_max.shape == by_mean.shape and (by_mean <= by_max + 1e-6).all(),
        "Somewhere the mean of a window is above its maximum.",
        got=by_mean,
        expected=by_max,
    )
    flat = np.broadcast_to(rng.normal(size=(2, 1, 1, 3)) - 5, (2, 4, 6, 3)).copy()
    for kind in ("max", "avg"):
        close(student.pool(flat, kind), flat[:, :2, :3], f'kind "{kind}", a flat map.')


@check("oracle")
def test_pooling_of_any_images(student, rng):
    """Images of any size, each channel by itself"""
    for shape in ((2, 5, 7, 3), (3, 2, 11, 1), (1, 8, 3, 5)):
        x = rng.normal(size=shape)
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", x {shape}.')


PROBES = [
    ("pool", (POOLED[None, :, :, None], "max")),
    ("pool", (np.stack([POOLED, -POOLED], axis=-1)[None] * 3 - 1, "max")),
    ("pool", (np.stack([POOLED, 2 - POOLED], axis=-1)[None], "avg")),
    ("pool", (np.stack([POOLED, 2 - POOLED], axis=-1)[None], "global")),
    ("pool", (np.ones((1, 2, 2, 1)), "mean")),
]
