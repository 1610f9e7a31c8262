"""Measures what the reference of lab 4 reaches on 20 seeds, for the bounds of its checks:

    python grader/suites/lab04_convnet/measure_thresholds.py

prints one line a seed and the range of each number; `FIRST END` as arguments takes other seeds.
Twenty seeds need about ten minutes of one core.
"""

import sys
from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.load import load_module
from nablab.course import Course

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(*map(int, sys.argv[1:] or ("20",)))


def main() -> None:
    course = Course(ROOT)
    lab = course.authored_lab("lab04_convnet")
    names = Answers(course, lab).namespace()
    prepared = load_module(lab.folder / "checks.py")
    table = []
    for seed in SEEDS:
        row = {**races(names, prepared, seed), **curves(names, prepared, seed)}
        table.append(row)
        print(seed, "  ".join(f"{name} {value:.3f}" for name, value in row.items()), flush=True)
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<30}{min(values):.3f} to {max(values):.3f}, mean {np.mean(values):.3f}")


def races(names, prepared, seed):
    """4.3: the race on digits, at random places and in the middle, and on prepared images."""
    race = names["compare"](seed)
    centred = names["compare"](seed, names["load_digits"](seed, centred=True))
    parts = prepared.sixty_of_a_hundred(np.random.default_rng(seed))
    easy = names["compare"](seed, parts)
    return {
        "conv": race["acc_conv"],
        "dense": race["acc_dense"],
        "conv - dense": race["acc_conv"] - race["acc_dense"],
        "centred conv": centred["acc_conv"],
        "centred dense": centred["acc_dense"],
        "prepared conv": easy["acc_conv"],
        "prepared dense": easy["acc_dense"],
    }


def curves(names, prepared, seed):
    """4.8: on prepared images, by heart, and on digits."""
    curve = names["learning_curve"]
    sixty, eight = curve(
        [60, 8], False, False, seed, prepared.first_sixty(np.random.default_rng(seed))
    )
    heart = prepared.by_heart(np.random.default_rng(seed))
    plain, dropped, augmented = (
        curve([400], aug, drop, seed, heart)[0]
        for aug, drop in ((False, False), (False, True), (True, False))
    )
    moved = centred_then_moved(names, seed)
    (still,) = curve([240], False, False, seed, moved)
    few, many = curve([10, 240], True, False, seed, moved)
    return {
        "first 60": sixty,
        "first 8": eight,
        "by heart": plain,
        "by heart, dropout": dropped,
        "by heart, augmentation": augmented,
        "moved 240": still,
        "moved 240, augmentation": many,
        "240 - 10, augmentation": many - few,
    }


def centred_then_moved(names, seed):
    """Digits in the middle to learn from; to test, others that are up to 2 pixels away from it."""
    train, (x, y) = names["load_digits"](seed, 240, 400, centred=True)
    rng = np.random.default_rng(seed)
    x = np.stack([np.roll(image, rng.integers(-2, 3, size=2), axis=(0, 1)) for image in x])
    return train, (x, y)


if __name__ == "__main__":
    main()
