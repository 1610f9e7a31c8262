"""Measures what the text of N.6, N.7 and N.8 says of nets, on 20 seeds:

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number. Nothing that is graded trains, so no check has
a bound from here. The table is in src/nablab/show/circuits_nets.py.
"""

from pathlib import Path

import numpy as np

from nablab.authored.answers import Answers
from nablab.course import Course
from nablab.show import circuits_nets as nets

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)
STEPS = 24


def main() -> None:
    lab = Course(ROOT).authored_lab(Path(__file__).resolve().parent.name)
    names = Answers(Course(ROOT), lab).namespace()
    table = []
    for seed in SEEDS:
        table.append(tuned(names, seed) | branches(names, seed) | alike(names["cka"], seed))
        print(
            seed, "  ".join(f"{name} {value:.3f}" for name, value in table[-1].items()), flush=True
        )
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<32}{min(values):.2f} to {max(values):.2f}, mean {np.mean(values):.2f}")


def tuned(names, seed):
    """N.6: the best unit of the third layer of an untrained net."""
    turns = 2 * np.pi * np.arange(STEPS) / STEPS
    stimuli = np.stack([names["arc_template"](turn, 6, 15, 1.0) for turn in turns])
    respond = nets.asked_in_the_middle("relu3", trained=False, seed=seed)
    r, _ = names["tuning_compare"](respond, names["curve_detector"](0.0, 0.75), stimuli)
    return {"best unit, untrained": float(r.max())}


def branches(names, seed):
    """N.7: what a trained net knows, how far its shares lie apart, and how many deals do so too."""
    net, shape, colour = nets.two_branches(seed)
    weights = nets.branch_weights(net)
    apart = nets.apart(names["branch_svd"](*weights)[2])
    dealt = nets.deals(names["branch_svd"], *weights)
    return {
        "shapes right": shape,
        "colours right": colour,
        "apart": apart,
        "deals as far apart": float(np.mean(dealt >= apart)),
    }


def alike(cka, seed):
    """N.8: CKA of a new net with the trained one and with another new one, layer by layer."""
    trained, new = nets.layer_answers("trained", 0), nets.layer_answers("new", seed)
    other = nets.layer_answers("new", seed + 100)
    found = {"trained and new, layer 4": cka(trained[3], new[3])}
    for number in range(4):
        found[f"new and new, layer {number + 1}"] = cka(new[number], other[number])
    return found


if __name__ == "__main__":
    main()
