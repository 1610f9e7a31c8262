"""The visible checks of 4.7."""

import numpy as np

from nablab.checking import check, close, contract, each, equal, generator, holds
from nablab.checking.expect import as_numbers

from .oracles import wave

DRAWS = 400


SLACK = 0.13  # of 400 draws: further off once in 400,000 (Dvoretzky, Kiefer, Wolfowitz; Massart)


OVERSHOOT = 0.25  # splines of orders 2 to 5, turned and moved one after the other: up to 0.2


DARK = 0.8  # in a disc of 1: a hole is 0, and the same splines go down to 0.94


def blob(shape, row, column):
    """A bright square of 3×3 pixels on a dark field."""
    x = np.zeros((*shape, 1))
    x[row - 1 : row + 2, column - 1 : column + 2] = 1
    return x


def changed(student, x, rng, max_shift, max_angle, flip, draws=DRAWS):
    """Many images that the student's function makes of one: (draws, H, W)."""
    images = each(student, "augment", [(x, rng, max_shift, max_angle, flip)] * draws)
    out = as_numbers(images)
    holds(
        out.shape == (draws, *x.shape),
        f"x has the shape {x.shape}; the results should have it too, and have "
        f"{np.shape(images[0])}.",
        got=images[0],
    )
    return out[..., 0]


def centroids(images, says=""):
    """Where the ink of each image is, on average: rows and columns."""
    ink = images.sum(axis=(1, 2))
    holds(
        (ink > 0.1).all(),
        f"{says} In one of the results the bright square is not there at all.".strip(),
        got=images[int(np.argmin(ink))],
    )
    rows, columns = np.mgrid[: images.shape[1], : images.shape[2]]
    return [(images * where).sum(axis=(1, 2)) / ink for where in (rows, columns)]


def uniform(values, largest):
    """How far draws are from uniform ones between ±largest: the largest distance of their
    distribution function to the nearest of three: whole, fractional, fractional and rounded."""
    t = np.arange(-4 * largest - 4, 4 * largest + 5) / 4 + 0.01
    found = (values[:, None] <= t).mean(axis=0)
    smooth = (t + largest) / (2 * largest)
    whole = (np.floor(t) + largest + 1) / (2 * largest + 1)
    rounded = (np.floor(t) + 0.5 + largest) / (2 * largest)
    return min(np.abs(found - np.clip(f, 0, 1)).max() for f in (smooth, whole, rounded))


def moves(student, seed, largest, shape):
    """By how much 400 images were moved: rows and columns."""
    middle = shape[0] // 2, shape[1] // 2
    out = changed(student, blob(shape, *middle), generator(student, seed), largest, 0, False)
    says = f"max_shift {largest}, no turn, no flip."
    return [found - at for found, at in zip(centroids(out, says), middle, strict=True)]


def uniform_moves(student, seed, largest, shape=(15, 17)):
    down, right = moves(student, seed, largest, shape)
    for values, what in ((down, "down"), (right, "to the right")):
        distance = uniform(values, largest)
        holds(
            distance <= SLACK and np.abs(values).max() <= largest + 0.5,
            f"With max_shift {largest}, {DRAWS} moves {what} lie between {values.min():.3g} and "
            f"{values.max():.3g} with a mean of {values.mean():.2g}. They should be uniform from "
            f"{-largest} to {largest}, both ends included.",
            got=np.round(values[:12], 2),
        )
    together = abs(float(np.corrcoef(down, right)[0, 1]))
    holds(
        together < 0.3,
        f"Moves down and to the right go together (correlation {together:.2f}): draw them "
        "independently.",
        got=np.round(np.stack([down, right])[:, :8], 2),
    )


def turns(student, seed, largest, shape=(33, 31), radius=11):
    """By how much 400 images were turned, in degrees, and how far the square is from the centre."""
    centre = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    x = blob(shape, int(centre[0]), int(centre[1]) + radius)
    out = changed(student, x, generator(student, seed), 0, largest, False)
    rows, columns = centroids(out, f"max_angle {largest}, no move, no flip.")
    v, u = rows - centre[0], columns - centre[1]
    return np.degrees(np.arctan2(v, u)), np.hypot(u, v)


def uniform_turns(student, seed, largest):
    angle, distance = turns(student, seed, largest)
    holds(
        (np.abs(distance - 11) < 1).all(),
        "A square 11 pixels from the centre should stay 11 pixels from it when the image is "
        f"turned; it is now between {distance.min():.3g} and {distance.max():.3g} away.",
        got=np.round(distance[:12], 2),
    )
    holds(
        uniform(angle / largest * 8, 8) <= SLACK + 0.04  # a pixel is 5°: rounding blurs a little
        and np.abs(angle).max() <= largest + 6,
        f"With max_angle {largest} the turns should be uniform from −{largest}° to {largest}°; "
        f"{DRAWS} of them lie between {angle.min():.3g}° and {angle.max():.3g}°, and half of them "
        f"within {np.median(np.abs(angle)):.3g}°.",
        got=np.round(angle[:12], 1),
    )


@check("contract")
def test_an_image_of_the_same_shape(student):
    """augment returns an image (H, W, 1) of floats, about as bright as x"""
    x = blob((9, 7), 4, 3)
    got = contract(student, "augment", x, generator(student, 0), 2, 20, True, shape=(9, 7, 1))
    low, high = float(np.min(got)), float(np.max(got))
    holds(
        low >= -OVERSHOOT and high <= 1 + OVERSHOOT,
        f"x lies between 0 and 1, and the result between {low:.3g} and {high:.3g}: further outside "
        "than a smooth curve through the pixels overshoots.",
        got=got,
    )


@check("hand")
def test_nothing_asked_nothing_changed(student):
    """With max_shift 0, max_angle 0 and no flip it is x"""
    x = (np.arange(35.0).reshape(7, 5, 1) * 3 % 11) / 11
    for seed in range(3):
        close(student.augment(x, generator(student, seed), 0, 0, False), x, given={"x": x[:, :, 0]})


@check("hand")
def test_what_is_safe_for_digits(student):
    """LABEL_SAFE names the changes after which every digit is still the same digit"""
    got = student.LABEL_SAFE
    holds(
        isinstance(got, str) and got != "",
        'LABEL_SAFE should be a string of letters, such as "bd".',
        got=got,
    )
    holds(
        set(got) <= set("abcd"),
        'LABEL_SAFE should be letters from a to d and nothing else, such as "bd": no capitals, no '
        "commas, no spaces.",
        got=got,
    )
    for letter, safe, why in (
        ("a", True, "a digit that is moved inside its field is still that digit."),
        ("b", True, "people write at a slant all the time."),
        ("c", False, "what does a 6 look like upside down?"),
        ("d", False, "is the mirror image of a 2 a digit? And of a 7?"),
    ):
        holds((letter in got) == safe, f"Think about {letter} again: {why}", got=got)
    equal(got, "ab", "The letters in the order of the alphabet:")


def half_mirrored(student, seed, x):
    """With flip alone about half of the results are mirrored, and the others are x."""
    out = changed(student, x, generator(student, seed), 0, 0, True)
    same = np.abs(out - x[:, :, 0]).max(axis=(1, 2)) < 1e-3
    mirrored = np.abs(out - x[:, ::-1, 0]).max(axis=(1, 2)) < 1e-3
    odd = np.flatnonzero(~(same | mirrored))
    if odd.size:
        holds(
            False,
            "With flip alone the result should be x, or x with its columns reversed.",
            got=out[odd[0]],
            expected=x[:, ::-1, 0],
        )
    holds(
        abs(mirrored.mean() - 0.5) <= 0.125,
        f"Of {DRAWS} images {int(mirrored.sum())} are mirrored; it should be about half.",
        got=float(mirrored.mean()),
        expected=0.5,
    )


@check("probe")
def test_a_flip_mirrors_left_and_right_half_the_time(student):
    """Flip alone gives x or its mirror image, left to right, each about half the time"""
    half_mirrored(student, 4, (np.arange(35.0).reshape(7, 5, 1) ** 2 % 13) / 13)


@check("probe")
def test_what_comes_in_is_background(student):
    """What comes in at the edges is background, not the other side or a copy of the edge"""
    x = np.ones((6, 5, 1))
    x[:, :2] = 0.5
    out = changed(student, x, generator(student, 5), 2, 0, False, draws=60)
    lost = x.sum() - out.sum(axis=(1, 2))
    holds(
        (lost >= -1e-6).all() and lost.max() > 4,
        "A field full of ink was moved. What leaves it must be lost, and 0 must come in.",
        got=out[int(np.argmin(lost))],
    )


@check("probe")
def test_moves_are_uniform(student):
    """Moves are uniform from −max_shift to max_shift, down and to the right independently"""
    for largest in (1, 3):
        uniform_moves(student, 10 + largest, largest)


@check("probe")
def test_turns_are_uniform_and_about_the_centre(student):
    """Turns are uniform from −max_angle to max_angle degrees, about the centre"""
    uniform_turns(student, 6, 40)


def in_the_middle(shape):
    """A bright square in the very middle: 3×3 pixels of an odd side, 4 of an even one."""
    x = np.zeros((*shape, 1))
    (top, left), (bottom, right) = ([(n - 3) // 2 for n in shape], [n // 2 + 2 for n in shape])
    x[top:bottom, left:right] = 1
    return x


def middle_stays(student, seed, shape, largest, draws=DRAWS):
    """A square in the middle stays there, on average, when the image is turned."""
    x = in_the_middle(shape)
    out = changed(student, x, generator(student, seed), 0, largest, False, draws)
    rows, columns = centroids(out, f"max_angle {largest}, no move, no flip.")
    middle = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    off = float(rows.mean()) - middle[0], float(columns.mean()) - middle[1]
    holds(
        max(map(abs, off)) <= 0.2,
        f"In an image of {shape[0]}×{shape[1]} pixels the centre is at ({middle[0]:g}, "
        f"{middle[1]:g}). A square there should stay when the image is turned by up to {largest}°; "
        f"{draws} of them are on average {off[0]:+.2f} rows and {off[1]:+.2f} columns away from "
        "it. The centre is at (H − 1)/2 and (W − 1)/2, and where a pixel comes from is rounded, "
        "not cut off.",
        got=np.round(np.stack([rows, columns])[:, :8], 2),
    )


@check("probe")
def test_the_middle_stays_in_place(student):
    """A square in the middle stays there when the image is turned, by little or by any angle"""
    middle_stays(student, 12, (19, 17), 20)
    middle_stays(student, 13, (18, 22), 180)


def no_holes(student, seed, shape, radius, largest):
    """A bright disc has no holes when the image is turned."""
    r, c = np.mgrid[: shape[0], : shape[1]]
    far = np.hypot(r - (shape[0] - 1) / 2, c - (shape[1] - 1) / 2)
    x = (far < radius)[:, :, None] * 1.0
    out = changed(student, x, generator(student, seed), 0, largest, False, draws=20)
    least = out[:, far < radius - 2].min(axis=1)
    holds(
        (least > DARK).all(),
        "A bright disc was turned about its centre, and inside it a pixel of 1 is now "
        f"{least.min():.2g}: a hole. Go backward: ask of every pixel of the result where it comes "
        "from.",
        got=out[int(np.argmin(least))],
        expected=x[:, :, 0],
    )


@check()
def test_a_turned_disc_has_no_holes(student):
    """A turned disc is still a disc, without holes"""
    no_holes(student, 7, (25, 27), radius=10, largest=45)


def from_rng_alone(student, seed, x, *settings, draws):
    """The generator alone decides what becomes of x, and each call draws anew."""
    a, b = (changed(student, x, generator(student, seed), *settings, draws=draws) for _ in "ab")
    close(b, a, f"{draws} images each, from two fresh generators of seed {seed}.")
    holds(
        any(not np.allclose(image, a[0]) for image in a[1:]),
        f"{draws} calls with the same generator all gave the same image.",
        got=a[0],
    )


@check()
def test_all_chance_comes_from_rng(student):
    """Generators of the same seed give the same images; one generator gives a new one each time"""
    from_rng_alone(student, 9, blob((15, 13), 6, 5), 3, 30, True, draws=8)


def probe_augment(student):
    """What is true of many results, whichever way they are drawn."""

    def many(x, *settings, draws=200):
        images = each(student, "augment", [(x, generator(student, 3), *settings)] * draws)
        return as_numbers(images)[..., 0]

    def middle(images):
        ink = np.maximum(images.sum(axis=(1, 2)), 1e-9)
        r, c = np.mgrid[: images.shape[1], : images.shape[2]]
        return [(images * where).sum(axis=(1, 2)) / ink for where in (r, c)]

    source = generator(student, 3)
    one, two = (as_numbers(student.augment(blob((9, 9), 4, 4), source, 3, 0, False)) for _ in "ab")
    down, right = middle(
        as_numbers(each(student, "augment", [(blob((15, 17), 7, 8), source, 2, 0, False)] * 300))[
            ..., 0
        ]
    )
    turned = as_numbers(
        each(student, "augment", [(blob((33, 33), 16, 27), source, 0, 40, False)] * 200)
    )[..., 0]
    r, c = middle(turned)
    angle = np.degrees(np.arctan2(r - 16, c - 16))
    centre = middle(
        as_numbers(each(student, "augment", [(blob((33, 33), 16, 16), source, 0, 40, False)] * 20))[
            ..., 0
        ]
    )

    def off_the_middle(shape, largest):
        """By how many half pixels a square in the middle is moved when the image is turned."""
        found = middle(many(in_the_middle(shape), 0, largest, False))
        return [int(np.rint(2 * np.mean(f) - (n - 1))) for f, n in zip(found, shape, strict=True)]

    x = wave((7, 5, 1))
    flips = as_numbers(each(student, "augment", [(x, source, 0, 0, True)] * 60))
    plain = as_numbers(each(student, "augment", [(x, source, 0, 0, False)] * 60))
    full = as_numbers(each(student, "augment", [(np.ones((9, 9, 1)), source, 2, 0, False)] * 40))
    full[:, 4, 4] = 1
    ramp = np.arange(1.0, 82).reshape(9, 9, 1)
    ramps = as_numbers(each(student, "augment", [(ramp, source, 2, 0, False)] * 40))
    rr, cc = np.mgrid[:25, :25] - 12
    disc = (np.hypot(rr, cc) < 10)[:, :, None] * 1.0
    discs = as_numbers(each(student, "augment", [(disc, source, 0, 40, False)] * 20))[..., 0]
    return {
        "moves": sorted({int(np.rint(v)) for v in down - 7}),
        "alike": bool(np.allclose(down - 7, right - 8)),
        "another": bool(not np.allclose(one, two) or len(set(np.round(down, 3))) > 1),
        "turns": [
            bool((angle > 5).any()),
            bool((angle < -5).any()),
            bool(np.abs(angle).max() > 50),
            bool(np.abs(angle).max() > 100),
        ],
        "between": bool((np.abs(np.abs(angle) - 20) < 10).any()),
        "centre": bool(np.abs(np.array(centre) - 16).max() < 1),
        "spun": [off_the_middle(shape, 180) for shape in ((19, 17), (18, 22))],
        "leant": off_the_middle((18, 22), 20),
        "mirrored": [
            bool(any(np.allclose(f, seen) for f in flips)) for seen in (x, x[:, ::-1], x[::-1])
        ],
        "unasked": bool(not np.allclose(plain, x)),
        "empty": bool((full == 0).any()),
        "sum kept": bool(np.allclose(ramps.sum(axis=(1, 2)), ramp.sum())),
        "holes": bool((discs[:, np.hypot(rr, cc) < 8] < 0.9).any()),
        "label": student.LABEL_SAFE,
    }


PROBES = [probe_augment]
