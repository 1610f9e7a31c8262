"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, mutant, rounding, variant
from nablab.reference.group import p4_conv, p4_lift

from ..checks.oracles import turned_and_moved_on
from ..checks.p4_conv import features
from .building_blocks import conv, loops_conv


@check("oracle")
def test_any_shapes_of_maps(student, rng):
    """Maps and filters of any shape, even filters among them"""
    for shape, k, F in (((3, 6, 4, 4, 2), 2, 6), ((1, 5, 7, 4, 3), 3, 1), ((2, 5, 4, 4, 5), 4, 3)):
        x = rng.normal(size=shape[::-1]).T  # a view
        w = rng.normal(size=(F, shape[4], 4, k, k)).T
        close(
            student.p4_conv(x, w),
            p4_conv(x, w),
            f"Maps {shape} and filters {w.shape}.",
            atol=rounding(p4_conv, x, w),
        )


@check("probe")
def test_each_direction_by_itself(student, rng):
    """Maps that are 0 in all directions but one, and filters that look at one only"""
    x, w = np.zeros((2, 4, 3, 4, 2)), np.zeros((2, 2, 4, 2, 2))
    s, t = rng.integers(4, size=2)
    x[:, :, :, s] = rng.normal(size=(2, 4, 3, 2))
    w[:, :, t] = rng.normal(size=(2, 2, 2, 2))
    close(student.p4_conv(x, w), p4_conv(x, w), atol=rounding(p4_conv, x, w))


@check()
def test_the_law_for_every_turn(student, rng):
    """Maps that turn and move on give maps that do, for one to three quarter turns"""
    x, w = rng.normal(size=(2, 5, 5, 4, 3)), rng.normal(size=(2, 2, 4, 3, 2))
    expected = p4_conv(x, w)
    for r in (1, 2, 3):
        x, expected = turned_and_moved_on(x), turned_and_moved_on(expected)
        close(
            student.p4_conv(x, w),
            expected,
            f"{r} quarter turns.",
            atol=rounding(p4_conv, x, w),
        )


@check()
def test_lift_convolve_and_take_the_features(student, rng):
    """Lifted, convolved and pooled, an image has the same features in all four directions"""
    images = rng.normal(size=(2, 6, 6, 1))
    w1, w2 = rng.normal(size=(3, 3, 1, 4)), rng.normal(size=(2, 2, 4, 4, 5))
    expected = features(p4_conv(np.maximum(p4_lift(images, w1), 0), w2))
    for r in range(4):
        x = np.maximum(p4_lift(np.rot90(images, r, axes=(1, 2)), w1), 0)
        close(
            student.p4_features(student.p4_conv(x, w2)),
            expected,
            f"{r} quarter turns.",
            atol=3e-6 * float(np.abs(p4_conv(x, np.abs(w2))).max()),
        )


@check("oracle")
def test_features_of_any_maps(student, rng):
    """The features of any maps, negative and whole numbers among them"""
    for x in (
        rng.normal(size=(3, 5, 4, 4, 7)),
        -1 - rng.random((2, 3, 5, 4, 3)),
        rng.integers(-5, 6, size=(4, 4, 3, 4, 2)),
        rng.integers(0, 256, size=(2, 4, 4, 4, 4)).astype(np.uint8),
    ):
        close(student.p4_features(x), features(x), f"Maps {x.shape} of {x.dtype}.", atol=1e-6)


@check("probe")
def test_whole_numbers_and_bytes(student, rng):
    """Maps of whole numbers and of bytes"""
    w = rng.integers(-3, 4, size=(2, 2, 4, 2, 2))
    for kind in (np.int64, np.uint8):
        x = rng.integers(0, 200, size=(2, 3, 4, 4, 2)).astype(kind)
        close(
            student.p4_conv(x, w),
            p4_conv(x, w),
            f"Maps of {np.dtype(kind)}.",
            atol=rounding(p4_conv, x, w),
        )


# Mutants ------------------------------------------------------------------------------------------


def group_conv(x, w, change):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    maps = []
    for r in range(4):
        turned = change(w, r)
        maps.append(sum(conv(x[:, :, :, s], turned[:, :, s]) for s in range(4)))
    return np.stack(maps, axis=3)


@mutant(
    "Your filters turn, but their slices stay. Slice s of the maps meets slice s − r of the filter."
)
def without_the_roll(x, w):
    return group_conv(x, w, np.rot90)


@mutant("You take slice s + r of the filter. It is s − r: roll by +r.")
def rolls_the_other_way(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.rot90(w, r), -r, axis=2))


@mutant("The slices of your filter move on, but its pixels do not turn.")
def without_the_turn(x, w):
    return group_conv(x, w, lambda w, r: np.roll(w, r, axis=2))


@mutant("Your pixels turn clockwise, and the directions counterclockwise.")
def turns_the_other_way(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.rot90(w, -r), r, axis=2))


@mutant("Both turns go clockwise. np.rot90 turns counterclockwise, and the slices move by +r.")
def both_the_other_way(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.rot90(w, -r), -r, axis=2))


@mutant("You roll along the channels. The directions are axis 2 of the filter.")
def rolls_the_channels(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.rot90(w, r), r, axis=3))


@mutant("You treat every direction by itself: map r sees slice r only. Sum over all four.")
def only_its_own_direction(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    return np.stack([conv(x[:, :, :, r], np.rot90(w[:, :, 0], r)) for r in range(4)], axis=3)


@mutant("All four maps are the same: nothing turns and nothing moves on.")
def nothing_moves(x, w):
    return group_conv(x, w, lambda w, r: w)


@mutant("This is the mean over the four directions. The formula has their sum.")
def mean_over_directions(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.rot90(w, r), r, axis=2) / 4)


@mutant("You roll by r everywhere, also for the pixels: rows and columns turn by np.rot90.")
def rolls_the_pixels(x, w):
    return group_conv(x, w, lambda w, r: np.roll(np.roll(w, r, axis=2), r, axis=0))


@mutant("The sums are right, but each stands one place too early: Y[r] is r turns, from 0 on.")
def one_place_too_early(x, w):
    return np.roll(p4_conv(x, w), -1, axis=3)


@mutant("Maps and filters are mixed up by a reshape: stack the four results along axis 3.")
def reshaped(x, w):
    y = p4_conv(x, w)
    return np.moveaxis(y, 3, 4).reshape(y.shape)


def as_floats(x):
    return np.asarray(x, dtype=float)


max_everywhere = mutant(
    "You take the maximum over the places too. Over them it is the mean.",
    p4_features=lambda x: as_floats(x).max(axis=(1, 2, 3)),
)
mean_everywhere = mutant(
    "You take the mean over the directions. Over them it is the maximum.",
    p4_features=lambda x: as_floats(x).mean(axis=(1, 2, 3)),
)
mean_first = mutant(
    "You take the mean over the places first, and then the maximum. It is the other way round: the "
    "maximum at every place by itself.",
    p4_features=lambda x: as_floats(x).mean(axis=(1, 2)).max(axis=1),
)
sum_over_places = mutant(
    "You sum over the places. Divide by their number.",
    p4_features=lambda x: as_floats(x).max(axis=3).sum(axis=(1, 2)),
)
first_direction = mutant(
    "You keep the first direction and drop the others. Turn the image, and the feature changes.",
    p4_features=lambda x: as_floats(x)[:, :, :, 0].mean(axis=(1, 2)),
)
never_below_zero = mutant(
    "Your maximum begins at 0. Of four negative numbers it is the one nearest to 0.",
    p4_features=lambda x: as_floats(x).max(axis=3, initial=0).mean(axis=(1, 2)),
)
divided_by_the_rows = mutant(
    "You divide by H². The number of places is H·W.",
    p4_features=lambda x: as_floats(x).max(axis=3).sum(axis=(1, 2)) / np.shape(x)[1] ** 2,
)
in_the_maps_type = mutant(
    "Your features have the type of the maps, so of whole numbers they lose the fractions.",
    p4_features=lambda x: features(x).astype(np.asarray(x).dtype),
)
largest_absolute = mutant(
    "You take the largest absolute value. The maximum of −5 and 2 is 2.",
    p4_features=lambda x: np.abs(as_floats(x)).max(axis=3).mean(axis=(1, 2)),
)


# Variants -----------------------------------------------------------------------------------------


@variant("indices s − r modulo 4, loops over everything")
def by_loops(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    out = np.zeros((len(x), x.shape[1] - len(w) + 1, x.shape[2] - len(w) + 1, 4, w.shape[4]))
    for r in range(4):
        for s in range(4):
            out[:, :, :, r] += loops_conv(x[:, :, :, s], np.rot90(w[:, :, (s - r) % 4], r))
    return out


@variant("directions beside channels, one convolution, float32")
def in_one_convolution(x, w):
    x, w = np.asarray(x, dtype=np.float32), np.asarray(w, dtype=np.float32)
    k, C, F = len(w), w.shape[3], w.shape[4]
    bank = np.stack([np.roll(np.rot90(w, r), r, axis=2) for r in range(4)], axis=4)
    y = conv(x.reshape(*x.shape[:3], 4 * C), bank.reshape(k, k, 4 * C, 4 * F), np.float32)
    return y.reshape(*y.shape[:3], 4, F)


@variant("moves the slices of the maps instead of the filter's")
def rolls_the_maps(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    N, H, W, _, C = x.shape
    k = w.shape[0]
    out = []
    for r in range(4):
        moved = np.moveaxis(np.roll(x, -r, axis=3), 3, 0).reshape(4 * N, H, W, C)
        f = np.rot90(w, r)
        each = [conv(m, f[:, :, s]) for s, m in enumerate(moved.reshape(4, N, H, W, C))]
        out.append(np.add.reduce(each))
    assert out[0].shape[1] == H - k + 1
    return np.moveaxis(np.array(out), 0, 3)


@variant("turns the maps back instead of the filters")
def turns_the_maps(x, w):
    x = np.asarray(x, dtype=float)
    maps = []
    for r in range(4):
        back = np.roll(np.rot90(x, -r, axes=(1, 2)), -r, axis=3)
        y = sum(conv(back[:, :, :, s], w[:, :, s]) for s in range(4))
        maps.append(np.rot90(y, r, axes=(1, 2)))
    return np.stack(maps, axis=3)


def features_by_loops(x):
    N, H, W, _, F = x.shape
    out = []
    for n in range(N):
        row = []
        for f in range(F):
            best = [max(x[n, i, j, :, f].tolist()) for i in range(H) for j in range(W)]
            row.append(sum(best) / len(best))
        out.append(row)
    return out


def features_in_float32(x):
    best = np.maximum.reduce([x[:, :, :, r].astype(np.float32) for r in range(4)])
    return best.reshape(len(x), -1, x.shape[4]).mean(axis=1)


lists_of_features = variant("features by loops, a list of lists", p4_features=features_by_loops)
float32_features = variant("features in float32", p4_features=features_in_float32)
