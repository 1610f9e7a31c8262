"""Measures what the nets of the pictures reach on 20 seeds. No check trains, so nothing is graded by
these numbers: they say how far the text's sentences can be trusted. The table is at the head of
`src/nablab/show/symmetry.py`.

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number; `wobble find` as arguments takes only these of
the parts `wobble`, `turned`, `upright` and `find`.
"""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nablab.authored.answers import Answers
from nablab.authored.read import PICTURE
from nablab.course import Course
from nablab.show import symmetry

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)


def main() -> None:
    course = Course(ROOT)
    answers = Answers(course, course.authored_lab(Path(__file__).resolve().parent.name))
    names = answers.namespace()
    for cell in answers.cells:  # the nets that are trained for pictures, without the pictures
        if cell.kind == PICTURE and "@cache" in cell.source:
            tree = ast.parse(cell.source)
            exec(compile(ast.Module(tree.body[:-1], []), "<picture>", "exec"), names)
    table = []
    for seed in SEEDS:
        row = {}
        for part in sys.argv[1:] or PARTS:
            row |= PARTS[part](SimpleNamespace(**names), seed)
        table.append(row)
        print(seed, "  ".join(f"{name} {value:.3f}" for name, value in row.items()), flush=True)
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<30}{min(values):.3f} to {max(values):.3f}, mean {np.mean(values):.3f}")


def wobble(lab, seed):
    """N.3: how much the scores of 50 digits vary as they move, for two kinds of pooling."""
    images = np.pad(lab.DIGITS[:50], ((0, 0), (4, 4), (4, 4)))
    pools = {
        "maxima": symmetry.max_pool,
        "blur": lambda x: lab.antialias_pool(x, np.array([1, 2, 1])),
    }
    found = {
        name: symmetry.unrest(symmetry.scores(images, lab.conv_circular, pool, seed))
        for name, pool in pools.items()
    }
    return {**found, "blur / maxima": found["blur"] / found["maxima"]}


def around(lab, seed, turned):
    """N.6: the shares that both nets read right, at quarter turns and halfway between."""
    nets, (x, y) = lab.read(turned, seed)
    found = {}
    for name, net in (("p4", nets["four directions"]), ("plain", nets["plain"])):
        upright, *others = lab.accuracy_by_turn(net, x, y)
        found |= {f"{name} upright": upright, f"{name} turned": np.mean(others)}
        halfway = symmetry.turn(x[..., 0], 45)[..., None].astype("float32")
        found[f"{name} 45°"] = np.mean(lab.accuracy_by_turn(net, halfway, y))
        all_round = [found[f"{name} 45°"], np.mean([upright, *others])]
        for angle in (15, 30, 60, 75):
            images = symmetry.turn(x[..., 0], angle)[..., None].astype("float32")
            all_round.append(np.mean(lab.accuracy_by_turn(net, images, y)))
        found[f"{name} all round"] = np.mean(all_round)
    return {("turned, " if turned else "upright, ") + name: value for name, value in found.items()}


def find(lab, seed):
    """N.9: what the net with the locator and the plain one read, and where the windows stand."""
    classifier, locator, plain, (x, y) = lab.find_digits(seed)
    looked, lies = symmetry.where(locator.predict(x, verbose=0), x.shape[1]), symmetry.centres(x)
    found = {
        name: float(np.mean(net.predict(x, verbose=0).argmax(1) == y))
        for name, net in (("locator", classifier), ("plain", plain))
    }
    columns, rows = (float(np.corrcoef(looked[:, k], lies[:, k])[0, 1]) for k in (0, 1))
    return {**found, "columns": columns, "rows": rows}


PARTS = {
    "wobble": wobble,
    "turned": lambda lab, seed: around(lab, seed, True),
    "upright": lambda lab, seed: around(lab, seed, False),
    "find": find,
}


if __name__ == "__main__":
    main()
