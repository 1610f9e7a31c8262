"""Measures what the reference reaches on 20 seeds, for the bounds of its checks:

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number; `prepared ten` as arguments takes only these
of the four parts `races`, `prepared`, `by_heart` and `ten`. Twenty seeds need about eight minutes
of one core.
"""

import sys
from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.load import CHECKS, SUITE
from nablab.course import Course

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)


def main() -> None:
    course = Course(ROOT)
    lab = course.authored_lab(Path(__file__).resolve().parent.name)
    answers = Answers(course, lab)
    names = answers.namespace()
    checks, suite = (
        {name: answers.code.module(part, name) for name in ("compare", "learning_curve")}
        for part in (CHECKS, SUITE)
    )
    table = []
    for seed in SEEDS:
        row = {}
        for part in sys.argv[1:] or PARTS:
            row |= PARTS[part](names, checks, suite, seed)
        table.append(row)
        print(seed, "  ".join(f"{name} {value:.3f}" for name, value in row.items()), flush=True)
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<30}{min(values):.3f} to {max(values):.3f}, mean {np.mean(values):.3f}")


def races(names, checks, suite, seed):
    """N.3: the race on digits, at random places and in the middle, and on prepared images."""
    race = names["compare"](seed)
    centred = names["compare"](seed, names["load_digits"](seed, centred=True))
    return {
        "conv": race["acc_conv"],
        "dense": race["acc_dense"],
        "conv - dense": race["acc_conv"] - race["acc_dense"],
        "centred conv": centred["acc_conv"],
        "centred dense": centred["acc_dense"],
    }


def prepared_races(names, checks, suite, seed):
    """N.3: prepared images, of the visible and of the hidden check."""
    rng = np.random.default_rng(seed)
    easy = names["compare"](seed, checks["compare"].edge_of_the_field(rng))
    fresh = names["compare"](seed, suite["compare"].prepared(rng))
    return {
        "prepared conv": easy["acc_conv"],
        "prepared dense": easy["acc_dense"],
        "hidden conv": fresh["acc_conv"],
        "hidden dense": fresh["acc_dense"],
    }


def by_heart(names, checks, suite, seed):
    """N.8: bars of which the first 60 or 8 are learned, and random labels learned by heart."""
    curve, rng = names["learning_curve"], np.random.default_rng(seed)
    sixty, eight = curve([60, 8], False, False, seed, checks["learning_curve"].first_sixty(rng))
    heart = checks["learning_curve"].by_heart(rng)
    plain, dropped = (curve([300], False, drop, seed, heart)[0] for drop in (False, True))
    return {
        "first 60": sixty,
        "first 8": eight,
        "by heart": plain,
        "by heart, dropout": dropped,
    }


def ten_digits(names, checks, suite, seed):
    """N.8: ten digits and the same ten moved, and the prepared images of the hidden check."""
    curve, rng = names["learning_curve"], np.random.default_rng(seed)
    ten = checks["learning_curve"].ten_digits(rng, seed)
    plain, augmented = (curve([10], aug, False, seed, ten)[0] for aug in (False, True))
    corners, fresh = (
        curve([8], True, False, seed, parts)[0]
        for parts in (checks["learning_curve"].CORNERS, suite["learning_curve"].fresh_corners(rng))
    )
    seventy, nine = curve([70, 9], False, False, seed, suite["learning_curve"].seventy(rng))
    return {
        "first 70": seventy,
        "first 9": nine,
        "ten digits": plain,
        "ten digits, augmentation": augmented,
        "corners": corners,
        "corners, hidden": fresh,
    }


PARTS = {"races": races, "prepared": prepared_races, "by_heart": by_heart, "ten": ten_digits}


if __name__ == "__main__":
    main()
