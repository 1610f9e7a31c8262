"""The visible checks of 12.3."""

import numpy as np

from nablab.checking import check, close, contract, holds, is_array
from nablab.reference.dreaming import fourier_gradient, fourier_image, fourier_scale, hartley
from nablab.sandbox.student import arguments_after_call

from .oracles import bent, linear, normalised, two_of, value_and_gradient, wave

ROW = np.array([1.0, 0, 1, 0]).reshape(1, 4, 1)
FIRST = np.array([1.0, 0, 0, 0]).reshape(1, 4, 1)


def image(student, z, says=""):
    z = np.asarray(z)
    got = student.fourier_image(z)
    close(got, fourier_image(z), says or f"Coefficients {z.shape}.", atol=2e-5 * np.abs(z).max())
    return np.asarray(got)


def score(student, of, z, says=""):
    value, gradient = value_and_gradient(student.fourier_score(of, z), "fourier_score", z.shape)
    expected, slope = of(fourier_image(z))
    says = says or f"Coefficients {np.shape(z)}."
    close(value, expected, f"{says} The value.", atol=1e-4)
    right = fourier_gradient(slope)
    close(gradient, right, f"{says} The gradient.", atol=2e-5 * np.abs(right).max())


def rough(x):
    """The share of an image's power in patterns finer than four pixels, its mean left out."""
    power = np.abs(np.fft.fft2(x - x.mean(axis=(0, 1)), axes=(0, 1))) ** 2
    H, W = np.shape(x)[:2]
    fine = np.hypot(np.fft.fftfreq(H)[:, None], np.fft.fftfreq(W)[None, :]) > 0.25
    return float(power[fine].sum() / power.sum())


@check("contract")
def test_an_image_of_the_coefficients(student):
    """fourier_image returns a NumPy array as large as z, and leaves z alone"""
    contract(student, "fourier_image", wave((4, 5, 3)), shape=(4, 5, 3), array=True)


@check("contract")
def test_a_value_and_a_gradient(student):
    """fourier_score returns a number and a NumPy array as large as z, and leaves z alone"""
    got = contract(student, "fourier_score", bent, wave((4, 5, 3)))
    value_and_gradient(got, "fourier_score", (4, 5, 3))
    is_array(two_of(got, "fourier_score", "a number", "a gradient")[1], "The gradient")


@check("hand")
def test_the_row_of_the_text(student):
    """z = 1, 0, 1, 0 makes 3, 1, 3, 1, and the first pixel has the gradient 2, 2, 1, 2"""
    close(student.fourier_image(ROW), np.array([3, 1, 3, 1.0]).reshape(1, 4, 1), given={"z": ROW})
    value, gradient = value_and_gradient(
        student.fourier_score(linear(FIRST), ROW), "fourier_score", (1, 4, 1)
    )
    close(value, 3.0, "The value is the first pixel.")
    close(gradient, np.array([2, 2, 1, 2.0]).reshape(1, 4, 1), "The gradient.", atol=1e-6)


@check("probe")
def test_one_coefficient_at_a_time(student):
    """Each coefficient makes its wave: rows and columns are not exchanged, channels are apart"""
    for place in ((0, 0, 1), (1, 0, 0), (0, 1, 0), (2, 3, 1)):
        z = np.zeros((3, 5, 2))
        z[place] = 4
        image(student, z, f"Only z{list(place)} is not 0.")


@check()
def test_every_image_has_its_coefficients(student, rng):
    """The image of hartley(x)/s is x itself, for any x"""
    for shape in ((6, 7, 3), (5, 2, 1)):
        x = rng.normal(size=shape)
        z = hartley(x) / fourier_scale(*shape[:2])[:, :, None]
        close(student.fourier_image(z), x, f"An image {shape}.", atol=1e-5)


@check()
def test_a_step_changes_the_score_as_the_gradient_says(student, rng):
    """A small step of z changes the score of its image as the gradient says"""
    z = rng.normal(size=(4, 5, 2)) / 9
    step = 1e-4 * rng.normal(size=z.shape)
    _, gradient = value_and_gradient(student.fourier_score(bent, z), "fourier_score", z.shape)
    ends = [bent(fourier_image(z + sign * step))[0] for sign in (1, -1)]
    close(np.sum(gradient * step), (ends[0] - ends[1]) / 2, rtol=1e-3, atol=1e-6)


@check("oracle")
def test_any_coefficients(student, rng):
    """Coefficients of any size, whole numbers too, in any order in memory"""
    for shape in ((7, 4, 3), (2, 9, 1), (8, 8, 2)):
        image(student, rng.normal(size=shape[::-1]).T)
        score(student, bent, rng.normal(size=shape[::-1]).T / 9)
    image(student, rng.integers(-4, 5, size=(3, 4, 2)), "Whole numbers.")
    score(student, bent, rng.integers(-1, 2, size=(3, 4, 2)), "Whole numbers.")


@check()
def test_less_rough_than_in_pixels(student, rng):
    """A climb in frequencies leaves an image much less rough than one in pixels"""
    start, w = 0.1 * rng.normal(size=(12, 9, 3)), rng.normal(size=(12, 9, 3))
    x = start.copy()
    z = hartley(start) / fourier_scale(12, 9)[:, :, None]
    for _ in range(8):
        x = x + 0.1 * normalised(linear(w)(x)[1])
        got = student.fourier_score(linear(w), z)
        z = z + 0.1 * normalised(value_and_gradient(got, "fourier_score", z.shape)[1])
    made = np.asarray(student.fourier_image(z))
    holds(
        rough(made) < 0.5 * rough(x),
        f"The share of power above a quarter cycle a pixel is {rough(made):.2f}; in pixels it "
        f"is {rough(x):.2f}.",
    )


def probe_score(student):
    """Values and gradients of two scores, as plain numbers."""
    found = []
    for of, z in ((linear(FIRST), ROW), (bent, wave((3, 4, 2)) / 5), (bent, wave((5, 2, 1)) / 5)):
        value, gradient = student.fourier_score(of, z)
        found += [np.round(float(np.asarray(value)), 6), np.round(np.asarray(gradient, float), 6)]
    return found


def probe_arguments(student):
    """The coefficients that were passed, as they are after the calls."""
    z = wave((3, 2, 2))
    return [
        arguments_after_call(student, "fourier_image", z)[1][0],
        arguments_after_call(student, "fourier_score", bent, z)[1][1],
    ]


PROBES = [
    ("fourier_image", (wave((3, 4, 2)),)),
    ("fourier_image", (wave((5, 2, 1)),)),
    ("fourier_image", (np.arange(12).reshape(2, 6, 1) % 5,)),
    probe_score,
    probe_arguments,
]
