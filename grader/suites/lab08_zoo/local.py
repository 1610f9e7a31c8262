"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, holds, left_alone, mutant, variant
from nablab.checking.expect import as_numbers

from ..checks.local import conv, floor, local
from ..checks.oracles import of_every_kind, same


def weights(rng, x, kernel, filters, t=None):
    places = [n - k + 1 for n, k in zip(x.shape, kernel, strict=False)]
    first = places if t is None else (t, t)
    return rng.normal(size=(*first, *kernel, x.shape[2], filters))


@check("oracle")
def test_fresh_places(student, rng):
    """Locally connected layers whose sides are all different"""
    for size, kernel, filters in (
        ((9, 6, 3), (2, 4), 2),
        ((3, 8, 2), (3, 2), 5),
        ((5, 7, 1), (1, 1), 3),
    ):
        x = rng.normal(size=size)
        w = weights(rng, x, kernel, filters)
        same(student.locally_connected(x, w), local, x, w, says=f"x {size}, filter {kernel}:")


@check("oracle")
def test_fresh_floors(student, rng):
    """Floors of one to four tiles, on images that they do not divide"""
    for size, t, kernel, filters in (
        ((13, 8, 2), 4, (3, 2), 3),
        ((8, 11, 3), 3, (2, 5), 2),
        ((6, 5, 1), 2, (1, 2), 4),
        ((4, 3, 2), 1, (2, 3), 2),
    ):
        x = rng.normal(size=size)
        w = weights(rng, x, kernel, filters, t)
        same(student.tiled(x, w), floor, x, w, says=f"x {size}, t = {t}, filter {kernel}:")


@check()
def test_a_tile_is_used_at_its_places_only(student, rng):
    """Changing one tile changes the outputs at its places, and at all of them"""
    x, t = rng.normal(size=(9, 8, 2)), 3
    w = weights(rng, x, (2, 2), 2, t)
    before = as_numbers(student.tiled(x, w))
    holds(before.shape == (8, 7, 2), "The shape should be (8, 7, 2).", got=before)
    for a, b in ((0, 1), (2, 0), (1, 2)):
        other = w.copy()
        other[a, b] += 1 + rng.random(size=w.shape[2:])
        moved = np.abs(as_numbers(student.tiled(x, other)) - before).max(axis=2) > 1e-6
        right = np.zeros((8, 7), bool)
        right[a::t, b::t] = True
        holds(np.array_equal(moved, right), f"Tile ({a}, {b}) works at other places.", got=moved)


@check()
def test_shared_weights_are_a_convolution(student, rng):
    """With one filter for all places both layers are the convolution of Lab {filters}"""
    x, w = rng.normal(size=(8, 6, 3)), rng.normal(size=(3, 2, 3, 4))
    everywhere = np.broadcast_to(w, (6, 5, *w.shape)).copy()
    same(student.locally_connected(x, everywhere), lambda x, e: conv(x, w), x, everywhere)
    four = np.broadcast_to(w, (2, 2, *w.shape)).copy()
    same(student.tiled(x, four), lambda x, e: conv(x, e[0, 0]), x, four)


@check("probe")
def test_inputs_stay_whatever_they_hold(student, rng):
    """Whole numbers, bytes and transposed views are welcome, and nothing is changed"""
    x = rng.normal(size=(5, 6, 2))
    for name, of, t in (("locally_connected", local, None), ("tiled", floor, 2)):
        for says, a, b in of_every_kind(rng, x, weights(rng, x, (2, 3), 4, t)):
            same(left_alone(student, name, a, b), of, a, b, says=f"{name}, {says}")


# Mutants ------------------------------------------------------------------------------------------


def at_places(x, w, which, patch=lambda p: p):
    """out[i, j] from the filter which(i, j)."""
    x, w = np.asarray(x, float), np.asarray(w, float)
    kh, kw = w.shape[2:4]
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    out = np.zeros((oh, ow, w.shape[-1]))
    for i in range(oh):
        for j in range(ow):
            out[i, j] = np.einsum(
                "uvc,uvcf->f", patch(x[i : i + kh, j : j + kw]), w[which(i, j, oh, ow)]
            )
    return out


def both(says, change):
    return mutant(
        says,
        locally_connected=lambda x, w: change(lambda x, w: local(x, w), x, w),
        tiled=lambda x, w: change(lambda x, w: floor(x, w), x, w),
    )


shares_the_first = mutant(
    "You use the first filter at all places. Place (i, j) has its own, w[i, j].",
    locally_connected=lambda x, w: conv(x, np.asarray(w)[0, 0]),
)
places_transposed = mutant(
    "You read the filters with rows and columns exchanged, w[j, i].",
    locally_connected=lambda x, w: at_places(
        x, w, lambda i, j, oh, ow: (j % np.shape(w)[0], i % np.shape(w)[1])
    ),
)
places_from_the_end = mutant(
    "You read the filters from the last place to the first.",
    locally_connected=lambda x, w: at_places(x, w, lambda i, j, oh, ow: (oh - 1 - i, ow - 1 - j)),
)
turned_filters = both(
    "Your filters are turned by 180°. Entry (u, v) reads pixel (i + u, j + v).",
    lambda of, x, w: of(x, np.asarray(w)[:, :, ::-1, ::-1]),
)
one_channel = both(
    "Only the first channel counts in your sum. Sum over all of them.",
    lambda of, x, w: of(np.asarray(x)[..., :1], np.asarray(w)[..., :1, :]),
)
patches_in_another_order = both(
    "Your patches are flattened channel by channel, your filters pixel by pixel, so the wrong numbers "
    "meet. sliding_window_view puts the axes of the window last: move them before the channels.",
    lambda of, x, w: of(x, np.moveaxis(np.asarray(w), 4, 2).reshape(np.shape(w))),
)
in_the_type_of_x = both(
    "Your result has the type of x: with whole numbers in x the fractions are cut off.",
    lambda of, x, w: of(x, w).astype(np.asarray(x).dtype),
)
tiles_in_blocks = mutant(
    "Your filters change once in t places. They take turns from each place to the next: i mod t.",
    tiled=lambda x, w: at_places(
        x, w, lambda i, j, oh, ow: (i // len(w) % len(w), j // len(w) % len(w))
    ),
)
tiles_cut_the_image = mutant(
    "You divide the image into t × t fields with one filter each. The filters take turns, i mod t.",
    tiled=lambda x, w: at_places(x, w, lambda i, j, oh, ow: (i * len(w) // oh, j * len(w) // ow)),
)
tiles_transposed = mutant(
    "Your floor lies on its side: place (i, j) uses w[i mod t, j mod t].",
    tiled=lambda x, w: at_places(x, w, lambda i, j, oh, ow: (j % len(w), i % len(w))),
)
tiles_in_one_direction = mutant(
    "Your filters take turns along the rows only. They do in both directions.",
    tiled=lambda x, w: at_places(x, w, lambda i, j, oh, ow: (0, j % len(w))),
)
tiles_on_the_diagonal = mutant(
    "You use only the filters w[a, a]. There are t × t of them: one index for rows, one for columns.",
    tiled=lambda x, w: at_places(x, w, lambda i, j, oh, ow: ((i + j) % len(w),) * 2),
)
tiles_with_stride = mutant(
    "You give each filter every t-th place and lay the results side by side. They stay at their places.",
    tiled=lambda x, w: at_places(
        x, w, lambda i, j, oh, ow: (min(i * len(w) // oh, len(w) - 1), j % len(w))
    ),
)


# Variants -----------------------------------------------------------------------------------------


def windows_in_float32(x, w):
    x, w = np.asarray(x, np.float32), np.asarray(w, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:4], axis=(0, 1))
    return np.einsum("ijcuv,ijuvcf->ijf", windows, w)


def tiled_by_slices(x, w):
    t = len(w)
    out = np.zeros(conv(x, np.asarray(w)[0, 0]).shape, np.float32)
    for a in range(t):
        for b in range(t):
            out[a::t, b::t] = conv(x, np.asarray(w)[a, b])[a::t, b::t]
    return out


def as_lists(x, w, at):
    kh, kw, channels, filters = np.shape(w)[2:]
    rows, columns = len(x) - kh + 1, len(x[0]) - kw + 1
    return [
        [
            [
                sum(
                    float(x[i + u][j + v][c]) * float(w[at(i)][at(j)][u][v][c][f])
                    for u in range(kh)
                    for v in range(kw)
                    for c in range(channels)
                )
                for f in range(filters)
            ]
            for j in range(columns)
        ]
        for i in range(rows)
    ]


in_float32 = variant(
    "windows and einsum, in float32; every t-th place of t × t convolutions",
    locally_connected=windows_in_float32,
    tiled=tiled_by_slices,
)
in_lists = variant(
    "number by number, as nested lists",
    locally_connected=lambda x, w: as_lists(x, w, lambda i: i),
    tiled=lambda x, w: as_lists(x, w, lambda i: i % len(w)),
)
by_entries = variant(
    "an entry of the filter at a time",
    locally_connected=lambda x, w: sum(
        np.einsum(
            "ijc,ijcf->ijf",
            np.asarray(x, float)[u : u + np.shape(w)[0], v : v + np.shape(w)[1]],
            np.asarray(w, float)[:, :, u, v],
        )
        for u, v in np.ndindex(np.shape(w)[2:4])
    ),
)
