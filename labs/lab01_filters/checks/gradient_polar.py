"""The visible checks of 1.5."""

import numpy as np

from nablab.checking import check, close, contract, holds, rounding
from nablab.checking.expect import as_numbers
from nablab.reference.convolution import correlate2d_valid

from .oracles import SMALL


def arrows_of(student, img, given=None):
    """The student's gradient as complex numbers magnitude · exp(i · angle), and its two arrays.

    As complex numbers, angles that differ by whole turns are equal."""
    got = student.gradient_polar(img)
    pair = isinstance(got, (tuple, list)) or (isinstance(got, np.ndarray) and got.ndim)
    holds(pair and len(got) == 2, "Return two arrays: `return magnitude, angle`.", got=got)
    shape = (img.shape[0] - 2, img.shape[1] - 2)
    mag, ang = (as_numbers(part) for part in got)
    for name, part in (("magnitude", mag), ("angle", ang)):
        holds(
            part.shape == shape,
            f"The {name} has the shape {part.shape}, expected {shape}.",
            got=part,
        )
        holds(
            np.isfinite(part).all(),
            f"The {name} holds numbers that are not finite.",
            got=part,
            given=given,
        )
    return mag * np.exp(1j * ang), mag, ang


SOBEL = np.outer([1, 2, 1], [-1, 0, 1])


def true_arrows(img):
    return correlate2d_valid(img, SOBEL) + 1j * correlate2d_valid(img, SOBEL.T)


def slack(img):
    return rounding(correlate2d_valid, img, SOBEL)


def same_arrows(student, img, says=""):
    """Both parts of the gradient are right; angles may differ by whole turns."""
    given = {"img": img}
    got, mag, _ = arrows_of(student, img, given)
    expected, atol = true_arrows(img), slack(img)
    close(mag, np.abs(expected), f"{says} The magnitudes:".strip(), atol=atol, given=given)
    close(
        got,
        expected,
        f"{says} The magnitudes are right, but some angles are not. As arrows, "
        "right + down·j:".strip(),
        atol=atol,
        given=given,
    )


@check("contract")
def test_two_arrays(student):
    """gradient_polar returns two arrays, two rows and two columns smaller than the image"""
    img = np.arange(35.0).reshape(5, 7) % 4
    contract(student, "gradient_polar", img)
    arrows_of(student, img, given={"img": img})


@check("hand")
def test_the_slope_of_the_text(student):
    """The slope of the text has the magnitude 8√2 and the angle π/4, its negative −3π/4"""
    img = np.add.outer(np.arange(3), np.arange(3))
    for picture, angle in ((img, np.pi / 4), (-img, -3 * np.pi / 4)):
        given = {"img": picture}
        _, mag, ang = arrows_of(student, picture, given)
        close(mag, [[8 * np.sqrt(2)]], "The magnitude:", given=given)
        close(
            (ang - angle + np.pi) % (2 * np.pi) - np.pi + angle,
            [[angle]],
            "The angle, up to whole turns:",
            given=given,
        )


@check("probe")
def test_four_steps(student):
    """An edge that faces right, down, left or up has the angle 0, π/2, π or −π/2"""
    step = np.array([[0, 0, 3, 3, 3]] * 4)
    for picture, where in (
        (step, "right"),
        (step.T, "down"),
        (step[:, ::-1], "left"),
        (step.T[::-1], "up"),
    ):
        same_arrows(student, picture, f"It gets brighter towards {where}.")


@check("probe")
def test_a_flat_picture_has_no_gradient(student):
    """On an evenly lit wall the magnitude is 0 and the angle some finite number"""
    wall = np.full((4, 6), 3.0)
    given = {"img": wall}
    _, mag, _ = arrows_of(student, wall, given)
    close(mag, np.zeros((2, 4)), atol=1e-5, constant=True, given=given)


@check("oracle")
def test_the_gradient_of_any_picture(student, rng):
    """The gradient of any picture, also of bytes"""
    same_arrows(student, rng.normal(size=(7, 5)))
    same_arrows(student, rng.integers(0, 256, size=(5, 8)).astype(np.uint8), "An image of bytes.")


PROBES = [("gradient_polar", (SMALL,)), ("gradient_polar", (SMALL.T[::-1],))]
