"""Hidden checks of 4.7. Distributions are compared by the largest distance between distribution
functions; of 400 right draws it passes 0.13 once in 400,000 times."""

import numpy as np

from nablab.checking import close, each, equal, exercise, generator, holds
from nablab.checking.expect import as_numbers

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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
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


@exercise("4.7")
def test_chance_comes_from_rng_alone(student, rng):
    """The generator alone decides, x stays as it is, and the label question is answered"""
    seed, x = int(rng.integers(1000)), rng.random((11, 13, 1))
    before = x.copy()
    a, b = (changed(student, x, seed, 2, 20, True, draws=6) for _ in range(2))
    close(b, a, "Two generators of one seed, six images each.")
    holds(any(not np.allclose(image, a[0]) for image in a[1:]), "All six are the same.", got=a[0])
    close(x, before)
    equal(student.LABEL_SAFE, "ab", "LABEL_SAFE:")
