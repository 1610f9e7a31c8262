"""Measures what trained nets reach on 20 seeds, for the bounds of their checks:

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number, for the reference, for the variants and for
wrong nets that learn; `listener` as an argument takes only that part of `segmenter`, `listener` and `motion`.
Each net is trained with the line of the text and tested on fresh examples of the seed.
"""

import sys
from pathlib import Path

import numpy as np

from nablab import data
from nablab.authored.answers import Answers
from nablab.checking.load import CHECKS
from nablab.course import Course

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)
WRONG = ("sees_no_neighbours", "a_dense_net", "one_moment_at_a_time", "without_an_activation")


def main() -> None:
    course = Course(ROOT)
    answers = Answers(course, course.authored_lab(Path(__file__).resolve().parent.name))
    for part in sys.argv[1:] or PARTS:
        measure, checks = PARTS[part], answers.code.module(CHECKS, part)
        table = []
        for seed in SEEDS:
            table.append(measure(answers, checks, seed))
            print(seed, "  ".join(f"{name} {v:.3f}" for name, v in table[-1].items()), flush=True)
        for name in table[0]:
            values = [row[name] for row in table]
            print(f"{name:<52}{min(values):.3f} to {max(values):.3f}, mean {np.mean(values):.3f}")


def trained(answers, function, train, how, seed):
    """Name and net, after training, of the reference, of each variant and of the wrong nets."""
    import keras

    names = answers.namespace()
    builders = {"reference": names[function]}
    wrong = [mutant for mutant in answers.mutants if mutant.name in WRONG]
    for other in (*answers.variants, *wrong):
        if function in other.names:
            builders[other.name] = other.names[function]
    for name, build in builders.items():
        keras.utils.set_random_seed(seed)
        yield name, names["fit"](build(), *train, **how)


def right(net, x, y):
    return float(np.mean(np.asarray(net(x)).argmax(axis=1) == y))


def segmenter(answers, checks, seed):
    """IoU at the size of the training and at two others, and that of the best colour threshold."""
    row = {}
    sizes = {"24×24": (60, (24, 24)), "48×36": (30, (48, 36)), "40×64": (25, (40, 64))}
    fresh = {size: data.discs(*what, seed=100 + seed) for size, what in sizes.items()}
    for name, net in trained(answers, "build_segmenter", data.discs(200), checks.HOW, seed):
        for size, (x, masks) in fresh.items():
            row[f"{name}, {size}"] = checks.overlap(masks, np.asarray(net(x)))
    for size, (x, masks) in fresh.items():
        row[f"best colour threshold, {size}"] = checks.by_colour(x, masks)
    return row


def listener(answers, checks, seed):
    """Shares of 400 fresh chirps, of the nets and of the nearest neighbour."""
    train, fresh = data.chirps(400), data.chirps(400, seed=100 + seed)
    nets = trained(answers, "build_listener", train, checks.HOW, seed)
    row = {name: right(net, *fresh) for name, net in nets}
    row["nearest neighbour"] = float(np.mean(checks.nearest(*train, fresh[0]) == fresh[1]))
    return row


def motion(answers, checks, seed):
    """Shares of 100 fresh films and their reverses."""
    fresh = data.motion(100, seed=100 + seed)
    nets = trained(answers, "build_motion_net", data.motion(100), checks.HOW, seed)
    return {name: right(net, *fresh) for name, net in nets}


PARTS = {part.__name__: part for part in (segmenter, listener, motion)}


if __name__ == "__main__":
    main()
