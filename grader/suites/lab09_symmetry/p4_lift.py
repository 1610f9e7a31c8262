"""Hidden checks of N.4."""

import numpy as np

from nablab.checking import check, close, mutant, rounding, variant
from nablab.reference.group import p4_lift

from ..checks.oracles import turned_and_moved_on
from .building_blocks import conv, loops_conv


@check("oracle")
def test_any_shapes_and_sides(student, rng):
    """Images and filters of any shape, even filters among them"""
    for shape, k, F in (((3, 7, 5, 2), 2, 6), ((1, 8, 4, 3), 4, 1), ((2, 5, 9, 4), 5, 3)):
        x = rng.normal(size=shape[::-1]).T  # a view
        w = rng.normal(size=(F, shape[3], k, k)).T
        close(
            student.p4_lift(x, w),
            p4_lift(x, w),
            f"Images {shape} and filters {w.shape}.",
            atol=rounding(p4_lift, x, w),
        )


@check()
def test_the_law_of_lifting(student, rng):
    """Turned images give turned maps that have moved on, for one to three quarter turns"""
    x, w = rng.normal(size=(2, 6, 6, 3)), rng.normal(size=(2, 2, 3, 4))
    expected = p4_lift(x, w)
    for r in (1, 2, 3):
        expected = turned_and_moved_on(expected)
        close(
            student.p4_lift(np.rot90(x, r, axes=(1, 2)), w),
            expected,
            f"{r} quarter turns.",
            atol=rounding(p4_lift, x, w),
        )


@check("probe")
def test_one_bright_pixel_shows_the_turned_filters(student, rng):
    """One bright pixel shows all four filters"""
    x, w = np.zeros((1, 5, 7, 2)), rng.normal(size=(3, 3, 2, 2))
    c = int(rng.integers(2))
    x[0, 2, 3, c] = 1
    close(student.p4_lift(x, w), p4_lift(x, w))


@check("probe")
def test_one_filter_of_many(student, rng):
    """Each filter gives its own four maps, and each image of the batch its own"""
    x, w = rng.normal(size=(4, 3, 4, 1)), np.zeros((2, 2, 1, 4))
    x[rng.integers(4)] = 0
    w[..., int(rng.integers(4))] = rng.normal(size=(2, 2, 1))
    close(student.p4_lift(x, w), p4_lift(x, w), atol=rounding(p4_lift, x, w))


@check()
def test_whole_numbers_and_large_ones(student, rng):
    """Whole numbers, bytes and fractions as images, whole numbers as filters"""
    w = rng.integers(-3, 4, size=(3, 3, 2, 2))
    for x in (
        rng.integers(0, 256, size=(2, 4, 5, 2)).astype(np.uint8),
        rng.integers(-9, 9, size=(2, 4, 5, 2)),
        rng.normal(size=(2, 4, 5, 2)),
    ):
        close(
            student.p4_lift(x, w),
            p4_lift(x, w),
            f"Images of {x.dtype}.",
            atol=rounding(p4_lift, x, w),
        )


# Mutants ------------------------------------------------------------------------------------------


def lift(x, w, change):
    w = np.asarray(w, dtype=float)
    return np.stack([conv(x, change(w, r)) for r in range(4)], axis=3)


@mutant("Your filters turn clockwise. np.rot90 turns counterclockwise, and so does the text.")
def turns_with_the_clock(x, w):
    return lift(x, w, lambda w, r: np.rot90(w, -r))


@mutant("Your filters do not turn: all four maps are the same.")
def does_not_turn(x, w):
    return lift(x, w, lambda w, r: w)


@mutant("You turn the images and not the filters, so your maps lie turned.")
def turns_the_image(x, w):
    maps = [conv(np.rot90(np.asarray(x, float), -r, axes=(1, 2)), w) for r in range(4)]
    if x.shape[1] != x.shape[2]:
        shape = maps[0].shape
        maps = [m.reshape(shape) for m in maps]
    return np.stack(maps, axis=3)


@mutant("Your first map is turned already: r goes from 0 to 3, not from 1 to 4.")
def begins_at_one(x, w):
    return lift(x, w, lambda w, r: np.rot90(w, r + 1))


@mutant(
    "Each filter is turned on from the one before, by 0, 1, 3 and 6. Map r has r quarter turns."
)
def turns_add_up(x, w):
    return lift(x, w, lambda w, r: np.rot90(w, r * (r + 1) // 2))


@mutant("You swap rows and columns. A transpose is a mirror, and two of them are nothing.")
def transposes(x, w):
    return lift(x, w, lambda w, r: np.swapaxes(w, 0, 1) if r % 2 else w)


@mutant("Your maps lie turned as well: turn the filters, and leave the result as it is.")
def turns_the_maps_too(x, w):
    y = lift(x, w, np.rot90)
    if y.shape[1] != y.shape[2]:
        return y[:, ::-1]
    return np.stack([np.rot90(y[:, :, :, r], r, (1, 2)) for r in range(4)], axis=3)


@mutant("Your result has the type of the filters, so of whole numbers it loses the fractions.")
def in_the_filters_type(x, w):
    return lift(x, w, np.rot90).astype(np.asarray(w).dtype)


@mutant("You turn by half turns: 0°, 180°, 360° … A quarter turn is np.rot90(w, r).")
def turns_by_halves(x, w):
    return lift(x, w, lambda w, r: np.rot90(w, 2 * r))


@mutant("You mirror and transpose. Four flips are not four turns.")
def flips(x, w):
    def change(w, r):
        return (w, w[::-1], w[:, ::-1], w[::-1, ::-1])[r]

    return lift(x, w, change)


@mutant("Your four maps stand behind the filters. The axis of 4 comes before the last one.")
def directions_last(x, w):
    return np.moveaxis(lift(x, w, np.rot90), 3, 4)


@mutant("Your four maps stand before the rows. The axis of 4 comes after the columns.")
def directions_first(x, w):
    return np.moveaxis(lift(x, w, np.rot90), 3, 1)


@mutant(
    "All maps lie in one axis, direction beside direction. The directions get an axis of their own."
)
def directions_beside_filters(x, w):
    y = lift(x, w, np.rot90)
    return y.reshape(*y.shape[:3], -1)


@mutant("Filters and directions are mixed up by a reshape: stack the four results along axis 3.")
def reshaped(x, w):
    y = lift(x, w, np.rot90)
    return np.moveaxis(y, 3, 4).reshape(y.shape)


@mutant("Your filters are turned upside down as well: this is a true convolution.")
def true_convolution(x, w):
    return lift(x, w, lambda w, r: np.rot90(w, r + 2))


@mutant("Your maps are the largest of all four directions. Here all four are kept.")
def already_pooled(x, w):
    y = lift(x, w, np.rot90)
    return np.repeat(y.max(axis=3, keepdims=True), 4, axis=3)


# Variants -----------------------------------------------------------------------------------------


@variant("turns the images the other way, and the maps back")
def turns_images_and_maps(x, w):
    return np.stack(
        [
            np.rot90(conv(np.rot90(np.asarray(x, float), -r, (1, 2)), w), r, axes=(1, 2))
            for r in range(4)
        ],
        axis=3,
    )


@variant("float32, all filters in one convolution")
def in_one_convolution(x, w):
    x, w = np.asarray(x, dtype=np.float32), np.asarray(w, dtype=np.float32)
    bank = np.concatenate([np.rot90(w, r) for r in range(4)], axis=3)
    y = conv(x, bank, np.float32)
    return y.reshape(*y.shape[:3], 4, w.shape[3])


@variant("loops over images, directions and places")
def by_loops(x, w):
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    maps, turned = [], w
    for _ in range(4):
        maps.append(loops_conv(x, turned))
        turned = turned.transpose(1, 0, 2, 3)[::-1]  # a quarter turn counterclockwise
    return np.stack(maps, axis=-2)


@variant("an array filled slice by slice, with einsum")
def filled(x, w):
    k, H, W = len(w), x.shape[1], x.shape[2]
    out = np.zeros((len(x), H - k + 1, W - k + 1, 4, w.shape[3]))
    for r in range(4):
        f = np.rot90(w, k=r, axes=(0, 1))
        for u in range(k):
            for v in range(k):
                patch = x[:, u : u + H - k + 1, v : v + W - k + 1]
                out[:, :, :, r] += np.einsum("nijc,cf->nijf", patch.astype(float), f[u, v])
    return out
