"""The visible checks of 13.3."""

import numpy as np

from nablab.checking import check, close, contract, left_alone
from nablab.sandbox.student import arguments_after_call

from .oracles import FIELD, LINES, weights_of_lines

ATOL = 1e-5
FIVE = np.array([2.0, 0.3, -0.9, 1.1, 4.0])  # directions in no order


def weights_are_right(student, line_bank, theta, inhibit, says=""):
    return close(
        left_alone(student, "curve_from_lines", line_bank, theta, inhibit),
        weights_of_lines(line_bank, theta, inhibit),
        says or f"{len(line_bank)} channels, θ = {theta:.3g}, inhibit = {inhibit:.3g}.",
        given={"line_bank": np.asarray(line_bank)},
        atol=ATOL,
    )


@check("contract")
def test_one_weight_for_each_pixel_and_channel(student):
    """curve_from_lines returns (FIELD, FIELD, M), a NumPy array, and leaves the line bank alone"""
    contract(
        student, "curve_from_lines", FIVE.copy(), 0.4, 0.5, shape=(FIELD, FIELD, 5), array=True
    )


@check("hand")
def test_the_pixel_in_the_middle(student):
    """In the middle of a C, level lines have the weight −1, upright ones 1, those at 45° 0"""
    got = np.asarray(student.curve_from_lines(np.array([0, np.pi / 2, np.pi / 4]), 0.0, 0.0))
    close(got[FIELD // 2, FIELD // 2], [-1, 1, 0], "θ = 0, no inhibition.", atol=ATOL)


@check("probe")
def test_without_the_opposite_curve(student):
    """Without inhibition: excited along the tangent, inhibited across it, at every pixel"""
    for theta in (0.0, 1.0):
        weights_are_right(student, LINES, theta, 0.0)


@check("probe")
def test_the_opposite_curve_inhibits(student):
    """With inhibition the opposite curve has the opposite sign, with tangents of its own"""
    weights_are_right(student, LINES, 0.6, 0.75)


@check()
def test_a_line_has_no_arrow(student):
    """φ and φ + π are the same line, and the channels stay in the order of the bank"""
    bank = FIVE + np.pi * np.array([1, 0, -1, 2, 0])
    expected = weights_of_lines(FIVE, 2.2, 0.5)
    close(
        student.curve_from_lines(bank, 2.2, 0.5), expected, "Lines by their other end.", atol=ATOL
    )
    weights_are_right(student, FIVE[::-1], 2.2, 0.5, "The channels in another order.")


@check()
def test_a_quarter_turn_moves_the_channels_on(student):
    """w(θ + 90°) is w(θ), turned by 90° and moved on by four of the eight channels"""
    expected = np.roll(np.rot90(weights_of_lines(LINES, 0.3, 0.75), -1), 4, axis=2)
    close(student.curve_from_lines(LINES, 0.3 + np.pi / 2, 0.75), expected, atol=ATOL)


@check("oracle")
def test_any_bank_of_lines(student, rng):
    """Banks of any directions, in any order, as an array or a list, and of one channel only"""
    for count in (1, 3, 7):
        bank = rng.uniform(-4, 4, size=count)
        weights_are_right(student, bank, rng.uniform(-6, 6), rng.uniform(0.1, 1))
    weights_are_right(student, [0, 2, 1], rng.uniform(-6, 6), 0.5, "A list of whole numbers.")


def probe_bank(student):
    """The bank as it is afterwards."""
    return arguments_after_call(student, "curve_from_lines", FIVE.copy(), 0.4, 0.5)[1][0]


PROBES = [
    probe_bank,
    ("curve_from_lines", (FIVE, 0.4, 0.5)),
    ("curve_from_lines", (LINES, 3.5, 0.75)),
]
