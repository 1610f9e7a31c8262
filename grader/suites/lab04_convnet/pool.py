"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, holds, mutant, refuses, variant
from nablab.checking.expect import as_numbers
from nablab.reference.pooling import averagepool_nd, maxpool_nd

from ..checks.pool import KINDS


@check("oracle")
def test_fresh_images_of_all_shapes(student, rng):
    """Fresh images with even and odd sides, one row of windows, and several channels"""
    for shape in ((3, 6, 5, 2), (1, 2, 13, 3), (2, 11, 3, 1), (5, 7, 4, 7)):
        x = rng.normal(size=shape)
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", x {shape}.')


@check()
def test_negative_images_and_ties(student, rng):
    """Images of negative numbers only, and whole numbers with ties"""
    for x in (
        -1 - rng.random((2, 5, 6, 3)),
        rng.integers(-2, 2, size=(2, 6, 7, 2)),
        rng.integers(200, 256, size=(1, 5, 4, 3)).astype(np.uint8),
    ):
        for kind, right in KINDS.items():
            close(student.pool(x, kind), right(x), f'kind "{kind}", numbers of type {x.dtype}.')


@check()
def test_a_global_mean_does_not_know_places(student, rng):
    """Shuffled pixels have the same global mean; channels stay apart"""
    x = rng.normal(size=(2, 5, 7, 3)) + np.array([1.0, 2, 3])
    mixed = x.reshape(2, 35, 3)[:, rng.permutation(35)].reshape(2, 5, 7, 3)
    close(student.pool(mixed, "global"), x.mean(axis=(1, 2)))


@check()
def test_a_mean_is_at_most_the_maximum(student, rng):
    """The mean of a window is between its smallest and its largest number"""
    x = rng.normal(size=(2, 9, 4, 3))
    high, mean = (as_numbers(student.pool(x, kind)) for kind in ("max", "avg"))
    low = -as_numbers(student.pool(-x, "max"))
    holds(
        high.shape == mean.shape == low.shape == (2, 4, 2, 3)
        and (low <= mean + 1e-6).all()
        and (mean <= high + 1e-6).all(),
        "The mean of a window should be between its smallest and its largest number.",
        got=mean,
        expected=high,
    )


@check()
def test_unknown_kinds_raise(student):
    """Unknown kinds raise ValueError"""
    for kind in ("average", "GLOBAL", "min"):
        refuses(student.pool, np.ones((1, 4, 3, 2)), kind, says=f'kind "{kind}".')


# Mutants ------------------------------------------------------------------------------------------


def pooled(x, kind, maximum=None, mean=None, whole=None):
    x = np.asarray(x, dtype=float)
    if kind == "global":
        return (whole or (lambda x: x.mean(axis=(1, 2))))(x)
    if kind not in ("max", "avg"):
        raise ValueError(kind)
    way = maximum if kind == "max" else mean
    right = maxpool_nd if kind == "max" else averagepool_nd
    return (way or (lambda x: right(x, (2, 2))))(x)


@mutant("Your global pooling takes the maximum. It is the mean over all pixels.")
def global_maximum(x, kind):
    return pooled(x, kind, whole=lambda x: x.max(axis=(1, 2)))


@mutant("Your means are sums: divide by the four pixels of a window.")
def sum_of_a_window(x, kind):
    return pooled(x, kind, mean=lambda x: 4 * averagepool_nd(x, (2, 2)))


@mutant("Your global mean is taken over the channels as well. They stay apart: (N, C).")
def mean_over_channels_too(x, kind):
    def whole(x):
        return np.repeat(x.mean(axis=(1, 2, 3))[:, None], x.shape[3], axis=1)

    return pooled(x, kind, whole=whole)


@mutant(
    "You have clipped negative numbers to 0 before the maximum. Here there is no ReLU: the "
    "largest of four negative numbers is negative.",
)
def relu_before_the_maximum(x, kind):
    return pooled(x, kind, maximum=lambda x: maxpool_nd(np.maximum(x, 0), (2, 2)))


@mutant(
    "You take the lower right pixel of each window. The largest number may be at any of the four "
    "places.",
)
def lower_right_pixel(x, kind):
    def maximum(x):
        h, w = x.shape[1] // 2, x.shape[2] // 2
        return x[:, 1 : 2 * h : 2, 1 : 2 * w : 2]

    return pooled(x, kind, maximum=maximum)


@mutant(
    "Your windows overlap: they start at every pixel, stride 1. They should start at every "
    "second row and column.",
)
def stride_of_one(x, kind):
    return pooled(
        x,
        kind,
        maximum=lambda x: maxpool_nd(x, (2, 2), (1, 1)),
        mean=lambda x: averagepool_nd(x, (2, 2), (1, 1)),
    )


@mutant(
    "With an odd number of rows or columns you pool the last one by itself. Only whole windows "
    'count, padding "valid".',
)
def windows_cut_off_at_the_edge(x, kind):
    return pooled(
        x,
        kind,
        maximum=lambda x: maxpool_nd(x, (2, 2), padding="same"),
        mean=lambda x: averagepool_nd(x, (2, 2), padding="same"),
    )


@mutant("Your means are rounded to whole numbers, in the type of x. Return floats.")
def means_in_the_type_of_x(x, kind):
    return pooled(x, kind).astype(np.asarray(x).dtype)


@mutant("You take a global mean for any unknown word. Raise a ValueError.")
def other_kinds_are_global(x, kind):
    return pooled(x, kind if kind in ("max", "avg") else "global")


# Variants -----------------------------------------------------------------------------------------


@variant("loops over windows, returns lists")
def pool_by_loops(x, kind):
    N, H, W, C = np.shape(x)
    if kind == "global":
        return [
            [sum(float(v) for v in np.ravel(x[n][..., c])) / (H * W) for c in range(C)]
            for n in range(N)
        ]
    if kind not in {"max", "avg"}:
        raise ValueError("unknown kind")
    out = np.zeros((N, H // 2, W // 2, C))
    for n, i, j, c in np.ndindex(out.shape):
        window = [float(x[n, 2 * i + u, 2 * j + v, c]) for u in (0, 1) for v in (0, 1)]
        out[n, i, j, c] = max(window) if kind == "max" else sum(window) / 4
    return out.tolist()


@variant("four strided slices, in float32")
def pool_by_slices(x, kind):
    x = np.float32(x)
    if kind == "global":
        return x.mean((1, 2), dtype=np.float32)
    if kind != "max" and kind != "avg":
        raise ValueError(kind)
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    four = [x[:, u:h:2, v:w:2] for u in (0, 1) for v in (0, 1)]
    return np.maximum.reduce(four) if kind == "max" else sum(four) / np.float32(4)


@variant("sliding windows")
def pool_by_windows(x, kind):
    x = np.array(x, dtype=np.float64)
    ways = {"max": np.max, "avg": np.mean, "global": np.mean}
    if kind not in ways:
        raise ValueError(f"no {kind}")
    if kind == "global":
        return np.einsum("nhwc->nc", x) / (x.shape[1] * x.shape[2])
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 2), axis=(1, 2))[:, ::2, ::2]
    return ways[kind](windows, axis=(-2, -1))
