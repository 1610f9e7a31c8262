"""Hidden checks of N.7. Distributions are compared by the largest distance between distribution
functions; of 400 right draws it passes 0.13 once in 400,000 times."""

import numpy as np

from nablab.checking import check, close, each, equal, generator, holds, mutant, variant
from nablab.checking.expect import as_numbers

from . import building_blocks
from .building_blocks import drawn, resample

DRAWS, SLACK = 400, 0.13


def changed(student, x, seed, *settings, draws=DRAWS):
    calls = [(x, generator(student, seed), *settings)]
    out = as_numbers(each(student, "augment", calls * draws))
    equal(tuple(out.shape[1:]), x.shape, "The shape of the result:")
    return out[..., 0]


def square(shape, row, column):
    x = np.zeros((*shape, 1))
    x[row - 1 : row + 2, column - 1 : column + 2] = 1
    return x


def centroid(images):
    ink = images.sum(axis=(1, 2))
    holds((ink > 0.1).all(), "The bright square is gone.", got=images[int(np.argmin(ink))])
    r, c = np.mgrid[: images.shape[1], : images.shape[2]]
    return (images * r).sum(axis=(1, 2)) / ink, (images * c).sum(axis=(1, 2)) / ink


def distance(values, largest):
    """To uniform draws from ±largest: whole, fractional, or fractional and rounded."""
    t = np.arange(-4 * largest - 4, 4 * largest + 5) / 4 + 0.01
    found = (values[:, None] <= t).mean(axis=0)
    right = (
        (t + largest) / (2 * largest),
        (np.floor(t) + largest + 1) / (2 * largest + 1),
        (np.floor(t) + 0.5 + largest) / (2 * largest),
    )
    return min(np.abs(found - np.clip(f, 0, 1)).max() for f in right)


@check()
def test_fresh_moves_are_uniform_and_independent(student, rng):
    """Moves are uniform up to max_shift, both ends included, along both axes independently"""
    for largest in (1, 2, 4):
        shape = (19, 17)
        out = changed(student, square(shape, 9, 8), int(rng.integers(1000)), largest, 0, False)
        down, right = (found - at for found, at in zip(centroid(out), (9, 8), strict=True))
        for values in (down, right):
            holds(
                distance(values, largest) <= SLACK and np.abs(values).max() <= largest + 0.5,
                f"Moves with max_shift {largest} are not uniform from {-largest} to {largest}: "
                f"they lie between {values.min():.3g} and {values.max():.3g}.",
                got=np.round(values[:12], 2),
            )
        holds(
            abs(np.corrcoef(down, right)[0, 1]) < 0.3,
            "Moves down and to the right go together.",
            got=np.round(np.stack([down, right])[:, :8], 2),
        )


@check()
def test_fresh_turns_are_uniform(student, rng):
    """Turns are uniform up to max_angle degrees, about the centre of the image"""
    for largest, (H, W) in ((30, (31, 35)), (70, (33, 29))):
        x = square((H, W), (H - 1) // 2 - 11, (W - 1) // 2)
        out = changed(student, x, int(rng.integers(1000)), 0, largest, False)
        r, c = centroid(out)
        v, u = r - (H - 1) / 2, c - (W - 1) / 2
        angle = np.degrees(np.arctan2(u, -v))
        holds((np.abs(np.hypot(u, v) - 11) < 1).all(), "The centre has moved.", got=out[0])
        holds(
            distance(angle / largest * 8, 8) <= SLACK + 0.05 and np.abs(angle).max() <= largest + 6,
            f"Turns with max_angle {largest} lie between {angle.min():.3g}° and "
            f"{angle.max():.3g}° and are not uniform from −{largest}° to {largest}°.",
            got=np.round(angle[:12], 1),
        )


@check()
def test_the_middle_of_fresh_images_stays(student, rng):
    """A square in the middle stays there, on average, when the image is turned by any angle"""
    for shape, largest in (((17, 21), 15), ((20, 14), 25), ((16, 24), 180), ((23, 15), 180)):
        middle = (shape[0] - 1) / 2, (shape[1] - 1) / 2
        (top, left), (bottom, right) = [(n - 3) // 2 for n in shape], [n // 2 + 2 for n in shape]
        x = np.zeros((*shape, 1))
        x[top:bottom, left:right] = 1
        out = changed(student, x, int(rng.integers(1000)), 0, largest, False, draws=300)
        off = [float(found.mean()) - at for found, at in zip(centroid(out), middle, strict=True)]
        holds(
            max(map(abs, off)) <= 0.2,
            f"A square in the middle of {shape[0]}×{shape[1]} pixels, turned by up to {largest}°, "
            f"lies on average {off[0]:+.2f} rows and {off[1]:+.2f} columns away from it.",
            got=off,
        )


@check()
def test_fresh_flips(student, rng):
    """Half of the images are mirrored left to right, none upside down, and none without flip"""
    x = rng.random((6, 9, 1))
    out = changed(student, x, int(rng.integers(1000)), 0, 0, True)
    is_x, is_mirror = (
        np.abs(out - image[:, :, 0]).max(axis=(1, 2)) < 1e-3 for image in (x, x[:, ::-1])
    )
    holds((is_x | is_mirror).all(), "Some are neither x nor its mirror image.", got=out[0])
    share = float(is_mirror.mean())
    holds(abs(share - 0.5) <= 0.125, f"The share {share:.3f} is mirrored.", got=share)
    plain = changed(student, x, int(rng.integers(1000)), 0, 0, False, draws=20)
    close(plain, np.stack([x[:, :, 0]] * 20), "Nothing asked, so nothing changes.")


@check()
def test_all_three_at_once(student, rng):
    """With all three at once a soft spot keeps its range of values, and its ink"""
    r, c = np.mgrid[:23, :21]
    x = np.exp(-((r - 11) ** 2 + (c - 10) ** 2) / 8)[:, :, None]
    out = changed(student, x, int(rng.integers(1000)), 3, 25, True, draws=60)
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
        out = changed(student, x, int(rng.integers(1000)), *settings, draws=60)
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
    r, c = np.mgrid[:29, :31]
    far = np.hypot(r - 14, c - 15)
    x = (far < 12)[:, :, None] * 1.0
    out = changed(student, x, int(rng.integers(1000)), 0, 60, False, draws=20)
    least = out[:, far < 10].min(axis=1)  # a hole is 0; cubic and quintic splines leave 0.94
    holds(
        (least > 0.8).all(),
        f"Inside a turned disc a pixel of 1 is {least.min():.2g} now: a hole.",
        got=out[int(np.argmin(least))],
    )


@check()
def test_chance_comes_from_rng_alone(student, rng):
    """The generator alone decides, x stays as it is, and the label question is answered"""
    seed, x = int(rng.integers(1000)), rng.random((11, 13, 1))
    before = x.copy()
    a, b = (changed(student, x, seed, 2, 20, True, draws=6) for _ in range(2))
    close(b, a, "Two generators of one seed, six images each.")
    holds(any(not np.allclose(image, a[0]) for image in a[1:]), "All six are the same.", got=a[0])
    close(x, before)
    equal(student.LABEL_SAFE, "ab", "LABEL_SAFE:")


# Mutants ------------------------------------------------------------------------------------------


@mutant(
    "What leaves the image on one side comes in again on the other. Background should come in.",
)
def wraps_round(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="wrap")


@mutant("You repeat the edge of the image where something is missing. It is background, 0.")
def copies_the_edge(x, rng, max_shift, max_angle, flip):
    return resample(x, *drawn(rng, max_shift, max_angle, flip), fill="edge")


@mutant("You move down and to the right only: shifts should go both ways, from −max_shift.")
def one_way_only(x, rng, max_shift, max_angle, flip):
    mirrored, angle, down, right = drawn(rng, max_shift, max_angle, flip)
    return resample(x, mirrored, angle, abs(down), abs(right))


@mutant(
    "The largest shift never comes: the upper end of `integers` is not included unless you say so.",
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


@mutant("Your angles are taken for radians: convert from degrees with np.deg2rad.")
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
    "You cut off where a pixel comes from, with int, so everything is drawn half a pixel too far "
    "down and to the right. Round it: np.rint.",
)
def cuts_off(x, rng, max_shift, max_angle, flip):
    # what should be whole may be less by the last bit
    return resample(x, *drawn(rng, max_shift, max_angle, flip), whole=lambda t: np.floor(t + 1e-9))


@mutant(
    "You turn about pixel (H // 2, W // 2). Where a side is even the centre lies between two "
    "pixels: (H − 1)/2.",
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


@mutant("With flip every image is mirrored. It should be every other, at random.")
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


@mutant("You draw from a generator of your own, not from rng: every image is changed alike.")
def own_random_numbers(x, rng, max_shift, max_angle, flip):
    own = np.random.default_rng(0)
    return resample(x, *drawn(own, max_shift, max_angle, flip))


half_a_turn_is_safe = mutant(
    "A 6 that stands on its head is a 9, and its label still says 6: turns by up to 180° are "
    "not safe for digits.",
    LABEL_SAFE="abc",
)


mirroring_is_safe = mutant(
    "The mirror image of a 2, 3, 4 or 7 is no digit: mirroring is safe for cats, not for digits.",
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
