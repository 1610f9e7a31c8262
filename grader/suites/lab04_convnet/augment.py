"""Hidden checks of N.7."""

import numpy as np

from nablab.checking import check, close, equal, generator, holds, mutant, variant

from ..checks.augment import (
    DRAWS,
    SLACK,
    blob,
    centroids,
    changed,
    from_rng_alone,
    half_mirrored,
    middle_stays,
    no_holes,
    uniform,
    uniform_moves,
)
from . import building_blocks
from .building_blocks import drawn, resample


def fresh(student, x, rng, *settings, draws=DRAWS):
    """Images that the student's function makes of one, from a generator of a fresh seed."""
    return changed(student, x, generator(student, int(rng.integers(1000))), *settings, draws=draws)


@check()
def test_fresh_moves_are_uniform_and_independent(student, rng):
    """Moves are uniform up to max_shift, both ends included, along both axes independently"""
    for largest in (1, 2, 4):
        uniform_moves(student, int(rng.integers(1000)), largest, shape=(19, 17))


@check()
def test_fresh_turns_are_uniform(student, rng):
    """Turns are uniform up to max_angle degrees, about the centre of the image"""
    for largest, (H, W) in ((30, (31, 35)), (70, (33, 29))):
        x = blob((H, W), (H - 1) // 2 - 11, (W - 1) // 2)
        out = fresh(student, x, rng, 0, largest, False)
        r, c = centroids(out)
        v, u = r - (H - 1) / 2, c - (W - 1) / 2
        angle = np.degrees(np.arctan2(u, -v))
        holds((np.abs(np.hypot(u, v) - 11) < 1).all(), "The centre has moved.", got=out[0])
        holds(
            uniform(angle / largest * 8, 8) <= SLACK + 0.05 and np.abs(angle).max() <= largest + 6,
            f"Turns with max_angle {largest} lie between {angle.min():.3g}° and "
            f"{angle.max():.3g}° and are not uniform from −{largest}° to {largest}°.",
            got=np.round(angle[:12], 1),
        )


@check()
def test_the_middle_of_fresh_images_stays(student, rng):
    """A square in the middle stays there, on average, when the image is turned by any angle"""
    for shape, largest in (((17, 21), 15), ((20, 14), 25), ((16, 24), 180), ((23, 15), 180)):
        middle_stays(student, int(rng.integers(1000)), shape, largest, draws=300)


@check()
def test_fresh_flips(student, rng):
    """Half of the images are mirrored left to right, none upside down, and none without flip"""
    x = rng.random((6, 9, 1))
    half_mirrored(student, int(rng.integers(1000)), x)
    plain = fresh(student, x, rng, 0, 0, False, draws=20)
    close(plain, np.stack([x[:, :, 0]] * 20), "Nothing asked, so nothing changes.")


@check()
def test_all_three_at_once(student, rng):
    """With all three at once a soft spot keeps its range of values, and its ink"""
    r, c = np.mgrid[:23, :21]
    x = np.exp(-((r - 11) ** 2 + (c - 10) ** 2) / 8)[:, :, None]
    out = fresh(student, x, rng, 3, 25, True, draws=60)
    low, high = float(out.min()), float(out.max())
    holds(
        low >= -0.05 and high <= 1.05,
        f"A soft spot of values from 0 to 1 has become one of {low:.3g} to {high:.3g}.",
        got=out[0],
    )
    ink = out.sum(axis=(1, 2)) / x.sum()
    holds(
        (np.abs(ink - 1) < 0.1).all(),
        "A soft spot far from the edges keeps its ink when it is moved and turned; here it has "
        f"{ink.min():.2f} to {ink.max():.2f} of it.",
        got=out[int(np.argmax(np.abs(ink - 1)))],
    )


@check()
def test_outside_is_background(student, rng):
    """What comes in from outside is 0, for moves and for turns"""
    x = 0.5 + 0.5 * rng.random((9, 12, 1))
    for settings in ((3, 0, False), (0, 45, False)):
        out = fresh(student, x, rng, *settings, draws=60)
        empty = (out < 1e-6).sum(axis=(1, 2))
        holds(
            empty.max() >= 6,
            f"A field of ink, max_shift {settings[0]}, max_angle {settings[1]}: no pixel of 60 "
            "results is background, though some lie outside the field.",
            got=out[0],
        )


@check()
def test_a_disc_stays_a_disc(student, rng):
    """A disc that is turned has no holes"""
    no_holes(student, int(rng.integers(1000)), (29, 31), radius=12, largest=60)


@check()
def test_chance_comes_from_rng_alone(student, rng):
    """The generator alone decides, x stays as it is, and the label question is answered"""
    seed, x = int(rng.integers(1000)), rng.random((11, 13, 1))
    before = x.copy()
    from_rng_alone(student, seed, x, 2, 20, True, draws=6)
    close(x, before)
    equal(student.LABEL_SAFE, "ab", "LABEL_SAFE:")


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "What leaves the image on one side comes in again on the other. Background should come in.",
)
def wraps_round(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="wrap")


@mutant(
    "You repeat the edge of the image where something is missing. Background, 0, should be there."
)
def copies_the_edge(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="edge")


@mutant("You move only down and to the right: shifts should go both ways, from −max_shift.")
def one_way_only(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, angle, abs(down), abs(right))


@mutant(
    "The largest shift never occurs: `integers` does not include its upper end unless you say so.",
)
def upper_end_missing(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    if max_shift:
        down, right = rng.integers(-max_shift, max_shift, size=2)
    return resample(x, mirrored, angle, down, right)


@mutant("You draw one shift and use it for rows and columns. Draw two.")
def one_draw_for_both(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, _ = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, angle, down, down)


@mutant("You use the degrees as radians: convert them with np.deg2rad.")
def degrees_for_radians(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.rad2deg(angle), down, right)


@mutant("Nothing is ever turned: max_angle is not used.")
def never_turned(x, rng, max_shift, max_angle, flip):
    mirrored, _, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, 0.0, down, right)


@mutant("You always turn by the largest angle, one way or the other. Draw it uniformly.")
def always_the_largest_angle(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.deg2rad(max_angle) * np.sign(angle), down, right)


@mutant("You turn about the upper left corner. The centre of the image should stay in place.")
def turns_about_the_corner(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=(0, 0))


@mutant(
    "You turn about (H/2, W/2), half a pixel off. Pixels are counted from 0, so the centre of H of "
    "them is at (H − 1)/2.",
)
def turns_half_a_pixel_off(x, rng, max_shift, max_angle, flip):
    centre = x.shape[0] / 2, x.shape[1] / 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "You cut the place that a pixel comes from off to whole numbers, with int, so everything is "
    "drawn half a pixel too far down and to the right. Round it: np.rint.",
)
def cuts_off(x, rng, max_shift, max_angle, flip):
    # what should be whole may be less by the last bit
    return resample(x, *drawn(rng, max_shift, max_angle, flip), whole=lambda t: np.floor(t + 1e-9))


@mutant(
    "You turn about pixel (H // 2, W // 2). If a side is even, the centre lies between two pixels: "
    "(H − 1)/2.",
)
def turns_about_a_pixel(x, rng, max_shift, max_angle, flip):
    centre = x.shape[0] // 2, x.shape[1] // 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "You take the centre of the columns from the height. It is (W − 1)/2.",
)
def takes_the_height_for_the_width(x, rng, max_shift, max_angle, flip):
    centre = (x.shape[0] - 1) / 2, (x.shape[0] - 1) / 2
    return resample(x, *drawn(rng, max_shift, max_angle, flip), centre=centre)


@mutant(
    "Your angles are normal draws: most are small, and some larger than max_angle. Draw them "
    "uniformly.",
)
def normal_angles(x, rng, max_shift, max_angle, flip):
    mirrored, _, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, np.deg2rad(rng.normal(0, 0.5) * max_angle), down, right)


@mutant("With flip you mirror every image. It should be about half of them, at random.")
def always_mirrored(x, rng, max_shift, max_angle, flip):
    return resample(x, flip, *drawn(rng, max_shift, max_angle, flip)[1:])


@mutant("You mirror top to bottom. Left to right means that the columns are reversed.")
def upside_down(x, rng, max_shift, max_angle, flip):
    mirrored, *rest = drawn(rng, max_shift, max_angle, flip)
    return resample(x[::-1] if mirrored else x, False, *rest)


@mutant("You mirror whether flip is asked for or not.")
def mirrors_unasked(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, True))


@mutant(
    "You move pixels forward, and where none arrives a hole is left. Ask of every pixel of the "
    "result where it comes from.",
)
def holes(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), forward=True)


@mutant("You draw from your own generator, not from rng: every image is changed in the same way.")
def own_random_numbers(x, rng, max_shift, max_angle, flip):
    own = np.random.default_rng(0)
    return resample(x, *drawn(own, max_shift, max_angle, flip))


half_a_turn_is_safe = mutant(
    "A 6 upside down is a 9, but its label still says 6: turns by up to 180° are not safe for "
    "digits.",
    LABEL_SAFE="abc",
)


mirroring_is_safe = mutant(
    "The mirror image of a 2, 3, 4 or 7 is not a digit: mirroring is safe for cats, not for digits.",
    LABEL_SAFE="abd",
)


# Variants -----------------------------------------------------------------------------------------

augment_bilinear = variant(
    "bilinear, shifts by fractions, move before turn", augment=building_blocks.augment_bilinear
)
augment_in_float32 = variant(
    "float32, the shift by padding", augment=building_blocks.augment_in_float32
)


@variant("SciPy's cubic splines, which overshoot at edges: turned, then moved")
def augment_by_splines(x, rng, max_shift, max_angle, flip):
    from scipy import ndimage

    out = np.asarray(x, dtype=float)[:, :, 0]
    angle = rng.uniform(-max_angle, max_angle)
    move = rng.integers(-max_shift, max_shift, size=2, endpoint=True)
    out = ndimage.shift(ndimage.rotate(out, angle, reshape=False), move)
    return (out[:, ::-1] if flip and rng.random() < 0.5 else out)[:, :, None]


@variant("quintic splines, one map for turn and move by fractions, cut off at 0 and the brightest")
def augment_by_one_map(x, rng, max_shift, max_angle, flip):
    from scipy import ndimage

    t = np.deg2rad(rng.uniform(-max_angle, max_angle))
    turn = np.array([[np.cos(t), np.sin(t)], [-np.sin(t), np.cos(t)]])
    move = rng.uniform(-max_shift, max_shift, size=2)
    centre = (np.array(x.shape[:2]) - 1) / 2
    plane = np.array(x[..., 0], dtype=float)
    out = ndimage.affine_transform(plane, turn, centre - turn @ (centre + move), order=5)
    out = np.clip(out, 0, x.max())[..., None]
    return np.flip(out, axis=1) if flip and rng.random() < 0.5 else out


@variant("a loop over pixels")
def augment_by_loops(x, rng, max_shift, max_angle, flip):
    H, W, _ = x.shape
    mirrored = flip and rng.random() > 0.5
    t = (2 * rng.random() - 1) * max_angle * np.pi / 180
    down = int(rng.integers(-max_shift, max_shift + 1))
    right = int(rng.integers(-max_shift, max_shift + 1))
    cos, sin = float(np.cos(t)), float(np.sin(t))
    r0, c0 = (H - 1) / 2, (W - 1) / 2
    out = np.zeros((H, W, 1))
    for r in range(H):
        for c in range(W):
            u, v = r - down - r0, c - right - c0
            row, column = round(cos * u + sin * v + r0), round(cos * v - sin * u + c0)
            if 0 <= row < H and 0 <= column < W:
                out[r, c] = x[row, W - 1 - column if mirrored else column]
    return out
