"""Hidden checks of N.5."""

import numpy as np

from nablab.checking import check, close, mutant, variant
from nablab.reference.convolution import correlate2d_valid

from ..checks.gradient_polar import arrows_of, slack, true_arrows
from .building_blocks import SOBEL_X, correlate


@check("oracle")
def test_magnitudes_and_angles_of_any_picture(student, rng):
    """Magnitudes and angles of any picture, also of bytes"""
    for img in (rng.normal(size=(11, 7)), rng.integers(0, 256, size=(7, 13)).astype(np.uint8)):
        arrows, mag, _ = arrows_of(student, img)
        expected = true_arrows(img)
        says = "The magnitudes are right, but some angles are not:"
        close(mag, np.abs(expected), "The magnitudes:", atol=slack(img))
        close(arrows, expected, says, atol=slack(img))


@check()
def test_turn_the_picture_and_the_arrows_turn(student, rng):
    """Turn the picture by 90°, and the arrows turn with it and keep their lengths"""
    img = rng.normal(size=(7, 11))
    before = true_arrows(img)
    arrows, mag, _ = arrows_of(student, np.rot90(img))
    says = "The magnitudes are right, but some angles are not:"
    close(mag, np.rot90(np.abs(before)), "The magnitudes:", atol=slack(img))
    close(arrows, np.rot90(before) * -1j, says, atol=slack(img))


@check()
def test_the_negative_of_a_picture(student, rng):
    """In the negative of a picture every arrow points the other way"""
    img = rng.random((13, 5))
    close(arrows_of(student, 1 - img)[0], -true_arrows(img), rtol=1e-3, atol=slack(img + 1))


@check("probe")
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


@check("probe")
def test_flat_parts(student, rng):
    """In flat parts of a picture the magnitude is 0 and nothing is infinite or undefined"""
    img = np.zeros((9, 11))
    img[3:6, 4:9] = rng.integers(1, 9)
    arrows, mag, _ = arrows_of(student, img)
    close(mag, np.abs(true_arrows(img)), atol=1e-5)
    close(arrows, true_arrows(img), atol=1e-4)


# Mutants ------------------------------------------------------------------------------------------


def right_and_down(img):
    return correlate2d_valid(img, SOBEL_X), correlate2d_valid(img, SOBEL_X.T)


@mutant(
    "Your angles cover only half of the circle: the quotient of down and right is the same "
    "for an arrow and its opposite. Use an arctangent that takes both numbers.",
)
def arctan_of_the_quotient(img):
    x, y = right_and_down(img)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.hypot(x, y), np.nan_to_num(np.arctan(y / x))


@mutant("Your angles are in degrees; the exercise asks for radians.")
def degrees(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.degrees(np.arctan2(y, x))


@mutant(
    "The two arguments of the arctangent are swapped: your 0 is downwards. NumPy's arctan2 "
    "takes the y part first.",
)
def arguments_of_arctan2_swapped(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(x, y)


@mutant("Your angles count upwards. Rows are counted downwards here, so brighter below is +π/2.")
def upwards(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(-y, x)


@mutant(
    "All your arrows point from bright to dark: they have the opposite angle. Has a filter "
    "been turned by 180°, or do your Sobel filters have the wrong sign?",
)
def from_bright_to_dark(img):
    x, y = right_and_down(img)
    return np.hypot(x, y), np.arctan2(-y, -x)


@mutant(
    "Your magnitude is |right| + |down|, which makes a slanting edge stronger than an upright"
    " one. The length of an arrow is given by Pythagoras.",
)
def sum_of_absolute_values(img):
    x, y = right_and_down(img)
    return np.abs(x) + np.abs(y), np.arctan2(y, x)


@mutant("Your magnitude is the square of what it should be: the root is missing.")
def root_missing(img):
    x, y = right_and_down(img)
    return x**2 + y**2, np.arctan2(y, x)


# Variants -----------------------------------------------------------------------------------------


@variant("complex numbers")
def gradient_by_complex_numbers(img):
    arrows = correlate(img, SOBEL_X) + 1j * correlate(img, SOBEL_X.T)
    return np.abs(arrows), np.angle(arrows)


@variant("float32, as a list, angles from 0 to 2π")
def gradient_in_float32(img):
    x, y = (correlate(img, filt, np.float32) for filt in (SOBEL_X, SOBEL_X.T))
    return [np.hypot(x, y), np.arctan2(y, x) % np.float32(2 * np.pi)]


@variant("pixel by pixel, as one array")
def gradient_by_loops(img):
    img = np.asarray(img, dtype=float)
    out = np.zeros((2, img.shape[0] - 2, img.shape[1] - 2))
    for i, j in np.ndindex(out.shape[1:]):
        p = img[i : i + 3, j : j + 3]
        x = p[0, 2] + 2 * p[1, 2] + p[2, 2] - p[0, 0] - 2 * p[1, 0] - p[2, 0]
        y = p[2, 0] + 2 * p[2, 1] + p[2, 2] - p[0, 0] - 2 * p[0, 1] - p[0, 2]
        out[:, i, j] = np.sqrt(x * x + y * y), np.arctan2(y, x)
    return out
