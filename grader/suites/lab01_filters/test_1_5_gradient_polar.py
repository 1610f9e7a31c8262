"""Hidden checks of 1.5."""

import numpy as np

from nablab.checking import close, exercise, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid

SOBEL = np.outer([1, 2, 1], [-1, 0, 1])


def arrows_of(student, img):
    """The student's gradient as magnitude · exp(i · angle): angles may differ by whole turns."""
    got = student.gradient_polar(img)
    pair = isinstance(got, (tuple, list)) or (isinstance(got, np.ndarray) and got.ndim)
    holds(pair and len(got) == 2, "Return two arrays: `return magnitude, angle`.", got=got)
    mag, ang = (as_numbers(part) for part in got)
    shape = (img.shape[0] - 2, img.shape[1] - 2)
    holds(
        mag.shape == ang.shape == shape,
        f"The two arrays have the shapes {mag.shape} and {ang.shape}, expected {shape}.",
    )
    holds(np.isfinite(mag).all() and np.isfinite(ang).all(), "Some numbers are not finite.")
    return mag * np.exp(1j * ang), mag


def slack(img):
    return rounding(correlate2d_valid, img, SOBEL)


def true_arrows(img):
    return correlate2d_valid(img, SOBEL) + 1j * correlate2d_valid(img, SOBEL.T)


@exercise("1.5", stage="oracle")
def test_magnitudes_and_angles_of_any_picture(student, rng):
    """Magnitudes and angles of any picture, also of bytes"""
    for img in (rng.normal(size=(11, 7)), rng.integers(0, 256, size=(7, 13)).astype(np.uint8)):
        arrows, mag = arrows_of(student, img)
        expected = true_arrows(img)
        says = "The magnitudes are right, and some angles are not:"
        close(mag, np.abs(expected), "The magnitudes:", atol=slack(img))
        close(arrows, expected, says, atol=slack(img))


@exercise("1.5")
def test_turn_the_picture_and_the_arrows_turn(student, rng):
    """Turn the picture by 90° and the arrows turn with it, as long as before"""
    img = rng.normal(size=(7, 11))
    before = true_arrows(img)
    arrows, mag = arrows_of(student, np.rot90(img))
    says = "The magnitudes are right, and some angles are not:"
    close(mag, np.rot90(np.abs(before)), "The magnitudes:", atol=slack(img))
    close(arrows, np.rot90(before) * -1j, says, atol=slack(img))


@exercise("1.5")
def test_the_negative_of_a_picture(student, rng):
    """In the negative of a picture every arrow points the other way"""
    img = rng.random((13, 5))
    close(arrows_of(student, 1 - img)[0], -true_arrows(img), rtol=1e-3, atol=slack(img + 1))


@exercise("1.5", stage="probe")
def test_slopes_in_every_direction(student, rng):
    """An even slope has the same arrow everywhere, whichever way it faces"""
    r, c = np.mgrid[:5, :7]
    start = rng.uniform(0, 2 * np.pi)
    for angle in start + np.arange(8) * np.pi / 4:
        img = 3 * (np.cos(angle) * c + np.sin(angle) * r)
        close(
            arrows_of(student, img)[0],
            np.full((3, 5), 24 * np.exp(1j * angle)),
            constant=True,
            atol=1e-3,
        )


@exercise("1.5", stage="probe")
def test_flat_parts(student, rng):
    """In flat parts of a picture the magnitude is 0 and nothing is infinite or undefined"""
    img = np.zeros((9, 11))
    img[3:6, 4:9] = rng.integers(1, 9)
    arrows, mag = arrows_of(student, img)
    close(mag, np.abs(true_arrows(img)), atol=1e-5)
    close(arrows, true_arrows(img), atol=1e-4)
