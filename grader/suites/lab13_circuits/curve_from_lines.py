"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, close, mutant, variant

from ..checks.curve_from_lines import ATOL, weights_are_right
from ..checks.oracles import FIELD, LINES, RADIUS, WIDTH, arc, weights_of_lines


@check("oracle")
def test_fresh_banks(student, rng):
    """Fresh banks of lines, with and without inhibition"""
    for count, inhibit in ((2, 0.0), (5, 0.3), (8, 1.0)):
        bank = rng.uniform(-7, 7, size=count)
        weights_are_right(student, bank, rng.uniform(-9, 9), inhibit)


@check()
def test_the_law_of_the_quarter_turn(student, rng):
    """For evenly spread lines a quarter turn is turned pixels and moved channels, half a turn too"""
    theta, inhibit = rng.uniform(-3, 3), rng.uniform(0.2, 1)
    one = weights_of_lines(LINES, theta, inhibit)
    close(
        student.curve_from_lines(LINES, theta + np.pi / 2, inhibit),
        np.roll(np.rot90(one, -1), 4, axis=2),
        "A quarter turn.",
        atol=ATOL,
    )
    close(
        student.curve_from_lines(LINES, theta + np.pi, inhibit),
        np.rot90(one, 2),
        "Half a turn.",
        atol=ATOL,
    )


@check()
def test_lines_at_right_angles_cancel(student, rng):
    """Two channels at right angles have opposite weights, at every pixel"""
    phi = rng.uniform(0, 3, size=2)
    bank = np.array([phi[0], phi[1], phi[0] + np.pi / 2, phi[1] - np.pi / 2])
    theta, inhibit = rng.uniform(-3, 3), rng.uniform(0.2, 1)
    half = weights_of_lines(phi, theta, inhibit)
    close(
        student.curve_from_lines(bank, theta, inhibit),
        np.concatenate([half, -half], axis=2),
        atol=ATOL,
    )


@check("probe")
def test_inhibition_is_the_detector_of_the_other_side(student, rng):
    """What inhibition takes away is inhibit times the weights of the opposite curve"""
    theta, bank = rng.uniform(-3, 3), rng.uniform(0, 3, size=3)
    for inhibit in (0.25, 1):
        expected = weights_of_lines(bank, theta, 0.0) - inhibit * weights_of_lines(
            bank, theta + np.pi, 0.0
        )
        close(student.curve_from_lines(bank, theta, inhibit), expected, atol=ATOL)


# Mutants ------------------------------------------------------------------------------------------


def tangents(theta, upwards=False):
    y, x = np.mgrid[:FIELD, :FIELD] - (FIELD - 1) / 2
    y = -y if upwards else y
    return np.arctan2(y - RADIUS * np.sin(theta), x - RADIUS * np.cos(theta)) + np.pi / 2


def fitting(line_bank, theta, quarter=0.0, times=2, **how):
    phi = np.asarray(line_bank, dtype=float)
    return np.cos(times * (phi - tangents(theta, **how)[:, :, None] + quarter))


def made(line_bank, theta, inhibit, sign=-1, **how):
    def one(toward):
        return arc(toward, FIELD)[:, :, None] * fitting(line_bank, toward, **how)

    return one(theta) + sign * inhibit * one(theta + np.pi)


@mutant("The factor 2 is missing in the cosine: a line is the same after half a turn.")
def without_the_two(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, times=1)


@mutant("The factor in the cosine is 2, not 4: lines at 45° have the weight 0, those across −1.")
def four_times(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, times=4)


@mutant(
    "Your lines are excited across the curve: the tangent is β + π/2, at right angles to the radius."
)
def radius_for_tangent(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, quarter=np.pi / 2)


@mutant("You take the sine. Along the tangent the weight is 1: a cosine.")
def sine_for_cosine(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, quarter=-np.pi / 4)


@mutant("You rectify the cosine: the lines across the curve should inhibit.")
def nothing_inhibits_across(line_bank, theta, inhibit):
    def one(toward):
        return arc(toward, FIELD)[:, :, None] * np.maximum(fitting(line_bank, toward), 0)

    return one(theta) - inhibit * one(theta + np.pi)


@mutant("You square the cosine. It has a sign: across the curve it inhibits.")
def squared_cosine(line_bank, theta, inhibit):
    def one(toward):
        return arc(toward, FIELD)[:, :, None] * fitting(line_bank, toward, times=1) ** 2

    return one(theta) - inhibit * one(theta + np.pi)


@mutant("The opposite curve has the wrong sign: it inhibits.")
def opposite_excites(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, sign=1)


@mutant("There is no inhibition by the opposite curve: subtract inhibit times its weights.")
def without_inhibition(line_bank, theta, inhibit):
    return made(line_bank, theta, 0)


@mutant("Your inhibition is always 1: the argument inhibit is not used.")
def inhibition_of_one(line_bank, theta, inhibit):
    return made(line_bank, theta, 1)


@mutant("The opposite curve has tangents of its own: τ at θ + π. You use those of θ for both.")
def one_tangent_for_both(line_bank, theta, inhibit):
    arcs = arc(theta, FIELD) - inhibit * arc(theta + np.pi, FIELD)
    return arcs[:, :, None] * fitting(line_bank, theta)


@mutant("The opposite curve is drawn with its own tangents, but on the place of the first arc.")
def one_arc_for_both(line_bank, theta, inhibit):
    fits = fitting(line_bank, theta) - inhibit * fitting(line_bank, theta + np.pi)
    return arc(theta, FIELD)[:, :, None] * fits


@mutant(
    "The tangent is the same at all your pixels. It turns with the curve: compute β at each pixel."
)
def one_tangent_everywhere(line_bank, theta, inhibit):
    def one(toward):
        fits = np.cos(2 * (np.asarray(line_bank, float) - toward - np.pi / 2))
        return arc(toward, FIELD)[:, :, None] * fits

    return one(theta) - inhibit * one(theta + np.pi)


@mutant(
    "β is seen from the circle's centre, at R(cos θ, sin θ). You see it from the patch's middle."
)
def seen_from_the_middle(line_bank, theta, inhibit):
    y, x = np.mgrid[:FIELD, :FIELD] - (FIELD - 1) / 2
    phi = np.asarray(line_bank, float)
    fits = np.cos(2 * (phi - (np.arctan2(y, x) + np.pi / 2)[:, :, None]))
    arcs = arc(theta, FIELD) - inhibit * arc(theta + np.pi, FIELD)
    return arcs[:, :, None] * fits


@mutant("The circle's centre lies at +R(cos θ, sin θ), in the direction in which the curve bends.")
def centre_on_the_other_side(line_bank, theta, inhibit):
    def one(toward):
        return arc(toward, FIELD)[:, :, None] * fitting(line_bank, toward + np.pi)

    return one(theta) - inhibit * one(theta + np.pi)


@mutant("Your tangents count y upwards: y counts downwards, like rows.")
def y_upwards(line_bank, theta, inhibit):
    return made(line_bank, theta, inhibit, upwards=True)


@mutant("atan2 takes y first, then x; yours are exchanged.")
def atan_exchanged(line_bank, theta, inhibit):
    y, x = np.mgrid[:FIELD, :FIELD] - (FIELD - 1) / 2
    phi = np.asarray(line_bank, float)

    def one(toward):
        beta = np.arctan2(x - RADIUS * np.cos(toward), y - RADIUS * np.sin(toward))
        return arc(toward, FIELD)[:, :, None] * np.cos(2 * (phi - (beta + np.pi / 2)[..., None]))

    return one(theta) - inhibit * one(theta + np.pi)


@mutant("Your channels are those of LINES, whatever the bank says: use line_bank.")
def always_the_same_lines(line_bank, theta, inhibit):
    lines = np.arange(len(line_bank)) * np.pi / len(line_bank)
    return made(lines, theta, inhibit)


@mutant("Your channels are sorted. They stay in the order of line_bank.")
def sorted_lines(line_bank, theta, inhibit):
    return made(np.sort(line_bank), theta, inhibit)


@mutant("The weights lack the arc: multiply by how much of the curve there is at the pixel.")
def without_the_arc(line_bank, theta, inhibit):
    return fitting(line_bank, theta) - inhibit * fitting(line_bank, theta + np.pi)


@mutant("You scale the weights. Here they are asked for as they are.")
def scaled(line_bank, theta, inhibit):
    found = made(line_bank, theta, inhibit)
    return found / np.abs(found).max()


@mutant("You balance the weights over the patch. That is N.2; here nothing is subtracted.")
def balanced(line_bank, theta, inhibit):
    found = made(line_bank, theta, inhibit)
    return found - found.mean(axis=(0, 1))


@mutant("You change the caller's line bank. Work on a copy: `line_bank % np.pi`, not `%=`.")
def bank_changed(line_bank, theta, inhibit):
    if isinstance(line_bank, np.ndarray) and line_bank.dtype.kind == "f":
        line_bank %= np.pi
    return made(line_bank, theta, inhibit)


# Variants -----------------------------------------------------------------------------------------


def drawn_arc(theta, dtype=float):
    """The arc as somebody else writes it: the nearest point by complex numbers."""
    places = (np.arange(FIELD) - (FIELD - 1) / 2).astype(dtype)
    seen = RADIUS - (places[None, :] + 1j * places[:, None]) * np.exp(-1j * theta)
    angle = np.clip(np.angle(seen), -np.pi / 3, np.pi / 3)
    near = np.abs(seen - RADIUS * np.exp(1j * angle)).astype(dtype)
    return np.exp(-(near**2) / dtype(2 * WIDTH**2))


@variant("pixel by pixel, channel by channel")
def in_loops(line_bank, theta, inhibit):
    w = np.zeros((FIELD, FIELD, len(line_bank)))
    for factor, toward in ((1, theta), (-inhibit, theta + np.pi)):
        patch = drawn_arc(toward)
        for r in range(FIELD):
            for c in range(FIELD):
                y, x = r - (FIELD - 1) / 2, c - (FIELD - 1) / 2
                tangent = (
                    np.arctan2(y - RADIUS * np.sin(toward), x - RADIUS * np.cos(toward)) + np.pi / 2
                )
                for m, phi in enumerate(line_bank):
                    w[r, c, m] += factor * patch[r, c] * np.cos(2 * (phi - tangent))
    return w


@variant("float32")
def in_float32(line_bank, theta, inhibit):
    phi = np.asarray(line_bank, np.float32)
    parts = []
    for toward in (theta, theta + np.pi):
        tangent = tangents(toward).astype(np.float32)
        fits = np.cos(np.float32(2) * (phi[None, None] - tangent[..., None]))
        parts.append(drawn_arc(toward, np.float32)[..., None] * fits)
    return parts[0] - np.float32(inhibit) * parts[1]


@variant("twice the angles as complex numbers, without a tangent's angle")
def doubled_angles(line_bank, theta, inhibit):
    places = np.arange(FIELD) - (FIELD - 1) / 2
    pixels = places + 1j * places[:, None]
    lines = np.exp(-2j * np.array(line_bank, dtype=float))

    def one(toward):
        radial = pixels - RADIUS * np.exp(1j * toward)
        return np.einsum(
            "rc,rcm->rcm",
            drawn_arc(toward),
            (-((radial / abs(radial)) ** 2)[..., None] * lines).real,
        )

    return one(theta) - inhibit * one(theta - np.pi)


@variant("the other tangent, and a product of cosines and sines")
def by_addition_theorem(line_bank, theta, inhibit):
    phi = np.asarray(line_bank) * 1.0
    parts = []
    for toward in (theta, theta + np.pi):
        tau = tangents(toward)[:, :, None] - np.pi
        fits = np.cos(2 * phi) * np.cos(2 * tau) + np.sin(2 * phi) * np.sin(2 * tau)
        parts.append(drawn_arc(toward)[:, :, None] * fits)
    return np.subtract(parts[0], np.multiply(inhibit, parts[1]))
