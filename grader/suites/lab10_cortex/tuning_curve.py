"""Hidden checks of N.3."""

import numpy as np

from nablab.checking import check, mutant, refuses, variant
from nablab.reference.cortex import tuning_curve as right

from ..checks.tuning_curve import curve_is_right, linear, rectified


@check("oracle")
def test_curves_of_fresh_cells(student, rng):
    """All three curves of fresh cells"""
    for make in (linear, rectified):
        cell = make(rng.uniform(0, 3), rng.uniform(6, 10), rng.uniform(3, 5), rng.uniform(0, 6))
        curve_is_right(student, cell, "orientation", rng.uniform(-3, 6, size=3))
        curve_is_right(student, cell, "sf", rng.uniform(0.06, 0.24, size=2))
        curve_is_right(student, cell, "phase", rng.permutation([*rng.uniform(-3, 9, size=3), 2, 2]))


@check()
def test_any_function_is_a_cell(student, rng):
    """A cell that is no filter, and one whose answers are all negative"""
    row, column = (int(n) for n in rng.integers(0, 33, size=2))

    def corner(img):
        img = np.asarray(img)
        return float(img[row, column] * 3 + img[32, 0] ** 2 - img[4, 20])

    def below(img):
        return float(np.asarray(img)[row, column]) - 5.0

    for cell in (corner, below):
        for kind in ("orientation", "sf", "phase"):
            curve_is_right(student, cell, kind, rng.uniform(0.1, 0.9, size=2))


@check()
def test_half_a_turn(student, rng):
    """θ and θ + π give the same answer; whole numbers count as radians too"""
    cell, theta = linear(1.0, 8, 4, 2.0), rng.uniform(0, 3)
    curve_is_right(student, cell, "orientation", [theta, theta + np.pi])
    for kind in ("orientation", "phase"):
        curve_is_right(student, cell, kind, rng.permutation(4) - 1, f"{kind}, whole numbers.")


@check()
def test_unknown_kinds_are_refused(student, rng):
    """Another word, or a capital letter, raises a ValueError"""
    cell = linear(0.3, 8, 4, 0)
    for kind in ("frequency", "Phase", "orient"):
        refuses(student.tuning_curve, cell, kind, [0.1, 0.2])


# Mutants ------------------------------------------------------------------------------------------

KINDS = ("orientation", "sf", "phase")


def wave(theta=0.0, lam=8.0, phase=0.0, size=33):
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.cos(2 * np.pi * (x * np.cos(theta) + y * np.sin(theta)) / lam + phase)


PHASES_8 = 2 * np.pi * np.arange(8) / 8


def curve(cell, kind, values, *, of=max, phases=PHASES_8, angle=1.0, inverse=True, also=False):
    if kind not in KINDS:
        raise ValueError(kind)
    out = []
    for value in values:
        if kind == "phase" and not also:
            out.append(cell(wave(phase=value)))
            continue
        changed = {
            "orientation": {"theta": angle * value},
            "sf": {"lam": 1 / value if inverse else value},
            "phase": {},
        }[kind]
        out.append(of([cell(wave(**changed, phase=phase)) for phase in phases]))
    return np.array(out, dtype=float)


@mutant("You show one grating for each value. For \"orientation\" and \"sf\" the answer is the largest "
        "over eight phases.")  # fmt: skip
def one_phase(cell, kind, values):
    return curve(cell, kind, values, phases=[0.0])


@mutant("You take the mean over the phases; the largest answer is asked for.")
def mean_over_phases(cell, kind, values):
    return curve(cell, kind, values, of=np.mean)


@mutant("You add up the answers of the eight phases; the largest is asked for.")
def sum_over_phases(cell, kind, values):
    return curve(cell, kind, values, of=sum)


@mutant("The eight phases go over a whole period, 0 to 2π, not over half of one.")
def phases_of_half_a_period(cell, kind, values):
    return curve(cell, kind, values, phases=PHASES_8 / 2)


@mutant("Four phases are not eight.")
def four_phases(cell, kind, values):
    return curve(cell, kind, values, phases=PHASES_8[::2])


@mutant(
    "Your eight phases go from 0 to 2π with both ends, so the first comes twice. PHASES has eight."
)
def phases_with_both_ends(cell, kind, values):
    return curve(cell, kind, values, phases=np.linspace(0, 2 * np.pi, 8))


@mutant('For "sf" λ is 1/value: a value counts whole waves in one pixel, so there is no 2π.')
def two_pi_over_value(cell, kind, values):
    found = np.asarray(values, float)
    return curve(cell, kind, found / (2 * np.pi) if kind == "sf" else values)


@mutant("Your gratings are turned by a quarter: theta is the direction across the stripes.")
def along_the_stripes(cell, kind, values):
    found = np.asarray(values, float)
    return curve(cell, kind, found + np.pi / 2 if kind == "orientation" else values)


@mutant("You take the spatial frequency for the wavelength: λ is 1/value.")
def frequency_as_wavelength(cell, kind, values):
    return curve(cell, kind, values, inverse=False)


@mutant("Your directions are in degrees: the values are radians.")
def in_degrees(cell, kind, values):
    return curve(cell, kind, values, angle=np.pi / 180)


@mutant("Your curve is scaled. The answers are asked for as they are.")
def scaled(cell, kind, values):
    found = curve(cell, kind, values)
    return found / (np.abs(found).max() or 1.0)


@mutant("Your curve is sorted by the values. The answers come in the order of the values.")
def sorted_values(cell, kind, values):
    return curve(cell, kind, sorted(values))


@mutant('For "phase" you take the largest over all phases, so every value gives the same.')
def phase_over_phases(cell, kind, values):
    return curve(cell, kind, values, also=True)


@mutant("Negative answers count as they are; you begin the search for the largest at 0.")
def largest_from_zero(cell, kind, values):
    found = curve(cell, kind, values)
    return np.maximum(found, 0)


@mutant("You take absolute values. The answers are asked for as they are.")
def absolute_values(cell, kind, values):
    return curve(lambda img: abs(cell(img)), kind, values)


@mutant("You change STIMULUS itself, so the next curve starts from what this one left behind. "
        "Change a copy.")  # fmt: skip
def stimulus_changed(cell, kind, values):
    if kind not in KINDS:
        raise ValueError(kind)
    out = []
    for value in values:
        if kind != "phase":
            changed = {"theta": value} if kind == "orientation" else {"lam": 1 / value}
            LEFT_BEHIND.update(changed)
        phases = PHASES_8 if kind != "phase" else [value]
        out.append(max(cell(wave(**LEFT_BEHIND, phase=phase)) for phase in phases))
    return np.array(out, dtype=float)


LEFT_BEHIND: dict[str, float] = {}


@mutant("Your curve holds whole numbers if the values do. Make an array of floats for it.")
def as_whole_as_the_values(cell, kind, values):
    return curve(cell, kind, values).astype(np.asarray(values).dtype)


@mutant("You write the answers over the caller's values. Make an array of your own.")
def over_the_values(cell, kind, values):
    found = curve(cell, kind, values)
    for i, answer in enumerate(found):
        values[i] = answer
    return found


@mutant("A part of a word passes for a kind: compare with ==, not with `in` of a text.")
def part_of_a_word(cell, kind, values):
    if kind in "orientation sf phase" and kind not in KINDS:
        kind = "phase"
    return curve(cell, kind, values)


@mutant("An unknown kind should raise a ValueError; you treat it as a phase.")
def any_kind(cell, kind, values):
    return curve(cell, kind if kind in KINDS else "phase", values)


# Variants -----------------------------------------------------------------------------------------


@variant("three branches, a list")
def curve_by_branches(cell, kind, values):
    if kind == "orientation":
        return [float(max(cell(wave(theta=v, phase=p)) for p in PHASES_8)) for v in values]
    if kind == "sf":
        return [float(max(cell(wave(lam=1 / v, phase=p)) for p in PHASES_8)) for v in values]
    if kind == "phase":
        return [float(cell(wave(phase=v))) for v in values]
    raise ValueError("no such kind")


@variant("float32 gratings, NumPy scalars")
def curve_in_float32(cell, kind, values):
    known = {"orientation": "theta", "sf": "lam", "phase": "phase"}
    if kind not in known:
        raise ValueError(f"{kind}?")
    out = np.zeros(len(values), np.float32)
    for i, value in enumerate(np.asarray(values)):
        changed = {known[kind]: 1 / value if kind == "sf" else value}
        phases = [changed.get("phase", 0)] if kind == "phase" else np.arange(0, 8) * np.pi / 4
        out[i] = np.max([cell(np.float32(wave(**(changed | {"phase": p})))) for p in phases])
    return out


@variant("the phases in another order")
def curve_backwards(cell, kind, values):
    if kind not in KINDS:
        raise ValueError(kind)
    if kind == "phase":
        return right(cell, kind, values)
    return curve(cell, kind, values, phases=PHASES_8[::-1] - 2 * np.pi)
