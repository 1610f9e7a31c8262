"""Prints the tables from which the bounds of N.2, N.3 and N.4 are taken: how far the reference is
off from what a check expects, over 20 seeds.

python grader/suites/LAB/measure_thresholds.py
"""

from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.checking.load import SUITE
from nablab.course import find_course
from nablab.reference.initialization import backward_deviations, forward_deviations

SEEDS = 20
COURSE = find_course(Path(__file__).resolve().parents[3])
ANSWERS = Answers(COURSE, COURSE.authored_lab(Path(__file__).resolve().parent.name))


def runs(function, seed, networks, *args):
    """Logarithms of the sizes in several networks."""
    rngs = (np.random.default_rng((seed, number)) for number in range(networks))
    return np.log([function(*args, rng) for rng in rngs])


def level(logs, expected):
    """The largest error of a layer's geometric mean over the networks."""
    return float(np.abs(logs.mean(axis=0) - np.log(expected)).max())


def factor(logs, scale):
    """The error of the change from layer to layer."""
    steps = logs.shape[1] - 1
    return float(abs(np.mean(logs[:, -1] - logs[:, 0]) / steps - np.log(scale / 2) / 2))


def draws(he, glorot, seed):
    """Errors of the deviations, and distances of the distributions, for one kernel."""
    suite = ANSWERS.code.module(SUITE, "draws")
    rng, shape, spreads = np.random.default_rng(seed), (4, 3, 31, 107), []
    weights = {"he_normal": he(shape, rng), "glorot_uniform": glorot(shape, rng)}
    for name, drawn in weights.items():
        weights[name] = drawn / suite.deviation(name, shape)
        spreads.append(abs(weights[name].std() - 1))
    box = suite.distance(weights["glorot_uniform"] / 3**0.5, lambda v: np.clip((v + 1) / 2, 0, 1))
    return max(spreads), suite.distance(weights["he_normal"], suite.normal_below), box


def main():
    names = ANSWERS.namespace()
    forth, back = names["propagate"], names["grad_propagate"]
    widths = [70, 280, 70, 280, 70]
    rows = {}
    for seed in range(SEEDS):
        spread, bell, box = draws(names["he_normal"], names["glorot_uniform"], seed)
        found = {
            "N.2 deviation": spread,
            "N.2 he_normal's distance · √N": bell,
            "N.2 glorot_uniform's distance · √N": box,
            "N.3 factor of a ReLU layer": factor(runs(forth, seed, 6, 8, 100, "relu", 1.0), 1.0),
            "N.3 third ReLU layer": level(runs(forth, seed, 6, 3, 150, "relu", 2.0), 0.8256),
            "N.3 first layer": level(runs(forth, seed, 3, 1, 200, "relu", 2.0), 0.8256),
        }
        for act, scale in (("tanh", 6.0), ("gelu", 3.0), ("linear", 1.0)):
            logs = runs(forth, seed, 5, 4, 150, act, scale)
            found[f"N.3 four layers of {act}"] = level(logs, forward_deviations(4, act, scale))
        logs = runs(forth, seed, 16, 200, 5, "linear", 1.2)
        paces = (logs[:, -1] - logs[:, 0]) / 199
        found["N.3 mean pace of 200 layers of five"] = abs(paces.mean() - np.log(1.2) / 2 + 0.107)
        found["N.3 spread of these paces"] = paces.std()
        logs = runs(back, seed, 5, 8, 100, "relu", 1.0)
        found["N.4 factor of a ReLU layer"] = factor(logs, 1.0)
        found["N.4 first step back"] = level(logs[:4, :1], np.sqrt(0.5))
        found["N.4 four ReLU layers of unequal width"] = level(
            runs(back, seed, 5, 4, widths, "relu", 2.0), 1.0
        )
        logs = runs(back, seed, 3, 4, 150, "tanh", 4.0)
        found["N.4 four layers of tanh"] = level(logs, backward_deviations([150] * 5, "tanh", 4.0))
        for name, value in found.items():
            rows.setdefault(name, []).append(value)
    print(f"{'error over 20 seeds':42}{'mean':>10}{'most':>10}")
    for name, values in rows.items():
        print(f"{name:42}{np.mean(values):10.4f}{np.max(values):10.4f}")


if __name__ == "__main__":
    main()
