"""Hidden checks of N.2."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.curve_detector import ANSWERS, ATOL, filter_is_right
from ..checks.oracles import RADIUS, SIZE, WIDTH, arc, detector


@check("oracle")
def test_fresh_detectors(student, rng):
    """Fresh detectors, with weak and with strong inhibition"""
    for inhibit in (0.0, rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.9), 1.0):
        filter_is_right(student, rng.uniform(-9, 9), inhibit)


@check()
def test_a_quarter_turn_turns_the_filter(student, rng):
    """θ + π/2 is the filter of θ turned by a quarter, and θ + 2π the same filter"""
    theta, inhibit = rng.uniform(0.2, 1.3), rng.uniform(0.2, 0.9)
    expected = detector(theta, inhibit)
    turned = student.curve_detector(theta + np.pi / 2, inhibit)
    close(turned, np.rot90(expected, -1), "θ + π/2.", atol=ATOL)
    close(student.curve_detector(theta + 2 * np.pi, inhibit), expected, "θ + 2π.", atol=ATOL)


@check()
def test_walls_and_straight_lines(student, rng):
    """An even wall gives 0, and with inhibition 1 a straight line too"""
    theta = rng.uniform(-3, 3)
    places = np.arange(SIZE) - (SIZE - 1) / 2
    across = places[None, :] * np.cos(theta) + places[:, None] * np.sin(theta)
    line = np.exp(-(across**2) / (2 * WIDTH**2))
    for inhibit in (0.0, 0.5, 1.0):
        got = np.asarray(student.curve_detector(theta, inhibit))
        close(np.sum(got, dtype=float), 0.0, "An even wall.", atol=ANSWERS)
        close(
            np.sum(got * line),
            np.sum(detector(theta, inhibit) * line),
            f"A straight line, inhibit = {inhibit}.",
            atol=ANSWERS,
        )


@check("probe")
def test_whole_numbers_as_arguments(student, rng):
    """Whole numbers, also as NumPy's: inhibit 0 and 1"""
    filter_is_right(student, 1, 0)
    filter_is_right(student, np.int64(rng.integers(2, 6)), np.int64(1))


# Mutants ------------------------------------------------------------------------------------------


def made(theta, inhibit, other=np.pi, sign=-1):
    own = arc(theta)
    drawn = own + sign * inhibit * arc(theta + other)
    balanced = drawn - drawn.mean()
    return balanced / np.sum(balanced * own)


@mutant("The opposite curve has the wrong sign: it inhibits.")
def opposite_excites(theta, inhibit):
    return made(theta, inhibit, sign=1)


@mutant("There is no inhibition: subtract inhibit times the arc at theta + π.")
def without_inhibition(theta, inhibit):
    return made(theta, 0)


@mutant("Your inhibition is always 1: the argument inhibit is not used.")
def inhibition_of_one(theta, inhibit):
    return made(theta, 1)


@mutant("The opposite curve lies at theta + π, half a turn; yours is a quarter turn away.")
def a_quarter_turn_away(theta, inhibit):
    return made(theta, inhibit, other=np.pi / 2)


@mutant("−theta is not the opposite of theta: the opposite curve bends towards theta + π.")
def minus_theta(theta, inhibit):
    return made(theta, inhibit, other=-2 * theta)


@mutant("You add 180 to an angle in radians. Half a turn is π.")
def a_half_turn_in_degrees(theta, inhibit):
    return made(theta, inhibit, other=180)


@mutant("Your filter is for the opposite curve: excitation and inhibition have changed places.")
def exchanged(theta, inhibit):
    return made(theta + np.pi, inhibit)


@mutant("The balance is missing: subtract the mean, so that the entries sum to 0.")
def not_balanced(theta, inhibit):
    drawn = arc(theta) - inhibit * arc(theta + np.pi)
    return drawn / np.sum(drawn * arc(theta))


@mutant("You balance only the arc itself. The mean of D, inhibition included, is subtracted.")
def balances_the_arc_alone(theta, inhibit):
    own = arc(theta)
    balanced = own - own.mean() - inhibit * arc(theta + np.pi)
    return balanced / np.sum(balanced * own)


@mutant("You subtract the mean of every row by itself. One mean is taken, over the whole patch.")
def row_by_row(theta, inhibit):
    own = arc(theta)
    drawn = own - inhibit * arc(theta + np.pi)
    balanced = drawn - drawn.mean(axis=1, keepdims=True)
    return balanced / np.sum(balanced * own)


@mutant("The scale is missing: divide by the answer to the own curve, so that it becomes 1.")
def not_scaled(theta, inhibit):
    drawn = arc(theta) - inhibit * arc(theta + np.pi)
    return drawn - drawn.mean()


@mutant("You divide by the filter's length. The answer to the own curve is to be 1.")
def of_length_one(theta, inhibit):
    found = made(theta, inhibit)
    return found / np.linalg.norm(found)


@mutant("You divide by the answer of B to itself. Divide by its answer to the own curve.")
def scaled_by_its_own_square(theta, inhibit):
    drawn = arc(theta) - inhibit * arc(theta + np.pi)
    balanced = drawn - drawn.mean()
    return balanced / np.sum(balanced**2)


@mutant("You divide by the largest entry. Divide by the answer to the own curve.")
def largest_is_one(theta, inhibit):
    found = made(theta, inhibit)
    return found / np.abs(found).max()


@mutant(
    "You scale before you balance: after the balance the answer to the own curve is no longer 1."
)
def scaled_first(theta, inhibit):
    own = arc(theta)
    drawn = own - inhibit * arc(theta + np.pi)
    drawn = drawn / np.sum(drawn * own)
    return drawn - drawn.mean()


@mutant("You divide by the arc's answer to itself, not by the answer of B to it.")
def scaled_by_the_arc(theta, inhibit):
    own = arc(theta)
    drawn = own - inhibit * arc(theta + np.pi)
    return (drawn - drawn.mean()) / np.sum(own * own)


@mutant("Negative weights are cut to 0: then nothing inhibits.")
def cut_at_zero(theta, inhibit):
    return np.maximum(made(theta, inhibit), 0)


@mutant("You divide by the sum of the positive weights. The answer to the own curve is to be 1.")
def positive_weights_sum_to_one(theta, inhibit):
    found = made(theta, inhibit)
    return found / np.maximum(found, 0).sum()


# Variants -----------------------------------------------------------------------------------------


def drawn_arc(theta, dtype=float):
    """The arc as somebody else writes it: the nearest point by complex numbers."""
    places = (np.arange(SIZE) - (SIZE - 1) / 2).astype(dtype)
    seen = RADIUS - (places[None, :] + 1j * places[:, None]) * np.exp(-1j * theta)
    angle = np.clip(np.angle(seen), -np.pi / 3, np.pi / 3)
    near = np.abs(seen - RADIUS * np.exp(1j * angle)).astype(dtype)
    return np.exp(-(near**2) / dtype(2 * WIDTH**2))


@variant("float32")
def in_float32(theta, inhibit):
    own, opposite = (drawn_arc(t, np.float32) for t in (theta, theta + np.pi))
    drawn = own - np.float32(inhibit) * opposite
    drawn -= drawn.mean()
    return drawn / (drawn * own).sum()


@variant("the opposite arc by turning the patch")
def opposite_by_turning(theta, inhibit):
    own = drawn_arc(theta)
    drawn = own - inhibit * own[::-1, ::-1]
    balanced = drawn - np.average(drawn)
    return balanced / np.vdot(balanced, own)


@variant("both arcs balanced apart, loops for the sums")
def balanced_apart(theta, inhibit):
    own, opposite = drawn_arc(theta), drawn_arc(theta - np.pi)
    found = own - own.mean() - inhibit * (opposite - opposite.mean())
    answer = 0.0
    for r in range(SIZE):
        for c in range(SIZE):
            answer += found[r, c] * own[r, c]
    return found / answer
