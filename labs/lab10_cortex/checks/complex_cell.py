"""The visible checks of 10.4."""

import numpy as np

from nablab.checking import check, close, contract, left_alone, rounding
from nablab.data import gratings
from nablab.reference.cortex import energy, gabor, modulation

from .oracles import floats

EVEN = np.array([[-1.0, 2.0, -0.5], [0.5, -2.0, 1.5]])
ODD = np.array([[1.0, 0.5, -2.0], [-1.5, 1.0, 0.25]])
IMAGE = np.array([[3, -1, 4, 1, -5], [9, 2, -6, 5, 3], [5, -8, 9, 7, -9], [3, 2, 3, -8, 4]])


@check("contract")
def test_a_map_and_a_number(student):
    """complex_cell returns a map (3, 3) for (4, 5) and (2, 3); modulation returns one number"""
    floats(contract(student, "complex_cell", IMAGE * 1.0, EVEN, ODD, shape=(3, 3)))
    floats(contract(student, "modulation", np.array([3.0, 1.0, 2.0]), shape=()))


@check("hand")
def test_the_answers_of_the_text(student):
    """The answers 2, 1, 0, 1 have the modulation 1, and zeros the modulation 0"""
    close(left_alone(student, "modulation", [2, 1, 0, 1]), 1.0)
    close(student.modulation(np.zeros(5)), 0.0)


@check("hand")
def test_two_squares(student):
    """(0, 2, 0, 5) under (−1, 2, −1) and (−1, 0, 1) has the energies 16 and 58"""
    img = np.array([[0, 2, 0, 5]])
    even, odd = np.array([[-1, 2, -1]]), np.array([[-1, 0, 1]])
    close(
        student.complex_cell(img, even, odd),
        [[16, 58]],
        "The sums are 4 and −7 under the even field, 0 and 3 under the odd one.",
        given={"img": img, "g_even": even, "g_odd": odd},
    )


@check("probe")
def test_the_first_harmonic_alone(student):
    """F1 is the first harmonic alone, also if a second one is stronger"""
    angles = 2 * np.pi * np.arange(12) / 12
    resp = 4 + np.sin(angles + 0.4) + 2 * np.cos(2 * angles)
    close(student.modulation(resp), 0.25, "4 + sin(φ + 0.4) + 2 cos 2φ.", given={"resp": resp})


@check("probe")
def test_each_field_alone(student):
    """With a field of zeros only the other counts, and the field is not turned"""
    for fields in ((EVEN, 0 * ODD), (0 * EVEN, ODD)):
        close(
            student.complex_cell(IMAGE, *fields),
            energy(IMAGE, *fields),
            atol=rounding(energy, IMAGE, *fields),
        )


@check()
def test_the_phase_of_a_grating_does_not_matter(student):
    """The energy hardly depends on the phase of a grating: F1/F0 is below 0.01"""
    even, odd = (gabor(33, 0, 8, 5, phase) for phase in (0, np.pi / 2))
    answers = []
    for phase in 2 * np.pi * np.arange(8) / 8:
        img = gratings.grating(33, 0, 8, phase)
        answers.append(
            close(student.complex_cell(img, even, odd), energy(img, even, odd), f"φ = {phase:.2f}.")
        )
    answers = np.array(answers).ravel()
    close(student.modulation(answers), 0.0, "F1/F0 of your energies.", atol=0.01)


@check("oracle")
def test_any_image(student, rng):
    """Images of floats and bytes, stored by rows or by columns, and fields of any shape"""
    even, odd = rng.normal(size=(2, 4, 2))
    for img in (rng.normal(size=(5, 9)).T, rng.integers(0, 256, size=(6, 5)).astype(np.uint8)):
        close(
            student.complex_cell(img, even, odd),
            energy(img, even, odd),
            f"An image {img.shape} of {img.dtype} numbers, fields (4, 2).",
            atol=rounding(energy, img, even, odd),
        )


@check("oracle")
def test_the_modulation_of_any_answers(student, rng):
    """The modulation of any answers, of odd and of even number"""
    for n in (3, 8, 11):
        resp = rng.uniform(0, 5, size=n)
        close(student.modulation(resp), modulation(resp), given={"resp": resp})
    half = np.maximum(np.cos(2 * np.pi * np.arange(16) / 16 + 0.3), 0)
    close(student.modulation(half), modulation(half), "A rectified wave.")


PROBES = [
    ("complex_cell", (IMAGE, EVEN, ODD)),
    ("complex_cell", (1.0 * IMAGE.T, EVEN, ODD)),  # a transposed view, of floats
    ("modulation", (np.array([4.0, 2.0, 0.5, 1.0, 3.0]),)),
    (
        "modulation",
        (np.array([3.0, 0.5, 2.0, 0.25, 2.5, 0.75]),),
    ),  # the third harmonic is strongest
    ("modulation", (np.zeros(4),)),
]
