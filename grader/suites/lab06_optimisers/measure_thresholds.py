"""Where range tests have their smallest loss, on 20 seeds of every kind of planted problem: the table
in `lr_range_test.py`. Run as `python grader/suites/LAB/measure_thresholds.py`."""

from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.load import SUITE
from nablab.course import find_course

COURSE = find_course(Path(__file__).resolve().parents[3])
LAB = COURSE.authored_lab(Path(__file__).resolve().parent.name)
planted = Answers(COURSE, LAB).code.module(SUITE, "planted")
SEEDS = range(20)


def main():
    print(
        "kind     size   smallest loss at / limit   a tenth / limit   loss after 60 steps / first"
    )
    for kind, size in (
        ("linear", 0.5),
        ("linear", 1.0),
        ("linear", 2.0),
        ("linear", 4.0),
        ("softmax", 1.0),
        ("softmax", 3.0),
    ):
        ratios, after = [], []
        for seed in SEEDS:
            problem = planted.Problem(kind, np.random.default_rng(seed), size)
            best = float(problem.rates[np.argmin(problem.losses)])
            if kind == "linear":
                ratios.append(best / problem.limit)
            after.append(problem.after(best / 10, 60))
        told = f"{kind:8} {size:4}   "
        if ratios:
            low, high = min(ratios), max(ratios)
            told += f"{low:8.2f} to {high:5.2f}        {low / 10:5.2f} to {high / 10:5.2f}"
        else:
            told += " " * 44
        print(f"{told}     {min(after):.4f} to {max(after):.4f}")


if __name__ == "__main__":
    main()
