"""Prints the table from which the bounds of N.8 are taken: the reference on 20 seeds.

python grader/suites/LAB/measure_thresholds.py
"""

from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.load import CHECKS
from nablab.course import find_course
from nablab.reference.backprop import two_layer_gradients

SEEDS = 20


def main():
    course = find_course(Path(__file__).resolve().parents[3])
    answers = Answers(course, course.authored_lab(Path(__file__).resolve().parent.name))
    train = answers.namespace()["train_two_layer"]
    ten_digits = answers.code.module(CHECKS, "training").ten_digits
    rows = []
    for seed in range(SEEDS):
        x, y = ten_digits(np.random.default_rng(1000 + seed))
        params, history = train(x, y, 16, 0.4, 100, seed)
        last, _ = two_layer_gradients(x, y, params)
        rows.append((abs(history[0] - np.log(10)), float(np.max(np.diff(history))), last))
    print(f"{'':36}{'least':>10}{'mean':>10}{'most':>10}")
    for name, values in zip(
        ("|first loss - log 10|", "largest change in a step", "loss after 100 steps"),
        np.array(rows).T,
        strict=True,
    ):
        print(f"{name:36}{values.min():10.4f}{values.mean():10.4f}{values.max():10.4f}")


if __name__ == "__main__":
    main()
