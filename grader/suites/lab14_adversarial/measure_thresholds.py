"""Measures on 20 seeds what the bounds of N.6 rest on, and what the pictures' sentences say.

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the smallest, mean and largest of each number; `graded`, `attacks` and
`defences` as arguments take only these parts. The table of `graded` is at the head of N.6's checks, those of the
others are in `src/nablab/show/adversarial.py`.
"""

import ast
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nablab.authored.answers import Answers
from nablab.authored.read import PICTURE
from nablab.checking.load import CHECKS
from nablab.course import Course
from nablab.sandbox.models import maker
from nablab.show import adversarial as show

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
    lab = SimpleNamespace(**names, checks=answers.code.module(CHECKS, "adversarial_train"))
    table = []
    for seed in SEEDS:
        row = {}
        for part in sys.argv[1:] or PARTS:
            row |= PARTS[part](lab, seed)
        table.append(row)
        print(seed, "  ".join(f"{name} {value:.3f}" for name, value in row.items()), flush=True)
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<34}{min(values):.3f} {np.mean(values):.3f} {max(values):.3f}")


def graded(lab, seed):
    """N.6: the net that the checks train, from other weights each time, and one that learns clean
    digits."""
    layers = [
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 48, "activation": "relu"},
        {"kind": "Dense", "units": 10},
    ]
    loss = "sparse_categorical_crossentropy_from_logits"
    build = maker((8, 8, 1), layers, {"kind": "Adam", "learning_rate": 0.01}, loss, seed)
    (x, y), _ = lab.checks.some_digits()
    found = {}
    for name, eps in (("clean", 0.0), ("attacked", lab.checks.EPS)):
        np.random.seed(seed)
        net = lab.adversarial_train(build, x, y, eps, lab.checks.EPOCHS)
        clean, under = lab.checks.judged(net.get_weights())
        found |= {f"learned {name}: clean": clean, f"learned {name}: PGD": under}
    return found


def attacks(lab, seed):
    """N.1, N.3, N.4 and N.5: what the attacks leave of the nets of the pictures."""
    x, y, found = lab.X_TEST, lab.Y_TEST, {}
    for name, build in (("cnn", lab.build_cnn), ("mlp", lab.build_mlp)):
        net = lab.trained(build, seed)
        found[f"{name} clean"] = lab.accuracy(net, x, y)
        for attack in ("fgsm", "pgd"):
            shares = lab.acc_vs_eps(net, x, y, [0.1, 0.3], attack)
            for eps, share in zip((0.1, 0.3), shares, strict=True):
                found[f"{name} {attack} {eps}"] = float(share)
    net = lab.trained(lab.build_cnn, seed)
    fast = show.mean_loss(net, lab.fgsm(net, x, y, 0.2), y)
    found["loss: pgd / fgsm"] = show.mean_loss(net, lab.pgd(net, x, y, 0.2, 0.05, 12), y) / fast
    target = (y + 1 + np.arange(len(y)) % 9) % 10
    made = lab.targeted(net, x, target, 0.2, 0.02, 30)
    found["targets hit at 0.2"] = float(np.mean(show.answers(net, made) == target))
    return found


def defences(lab, seed):
    """N.6 to N.8: the net of the picture, the sharpened one, and the one that learned shifts."""
    x, y = lab.X_TEST, lab.Y_TEST
    plain, other = lab.trained(lab.build_cnn, seed), lab.trained(lab.build_cnn, seed + 100)
    robust, shifts, sharp = lab.robust(seed), lab.trained_on_shifts(seed), lab.sharpen(plain)
    found = {}
    for name, net in (("plain", plain), ("robust", robust), ("shifts", shifts)):
        found |= {
            f"{name} clean": lab.accuracy(net, x, y),
            f"{name} own fgsm": lab.accuracy(net, lab.fgsm(net, x, y, 0.1), y),
            f"{name} pgd": float(lab.acc_vs_eps(net, x, y, [0.1])[0]),
            f"{name} transfer": lab.accuracy(net, lab.fgsm(other, x, y, 0.1), y),
        }
    found["sharp: no slopes"] = lab.zero_gradient_share(sharp, x, y)
    found["sharp own fgsm"] = lab.accuracy(sharp, lab.fgsm(sharp, x, y, 0.1), y)
    for name, net in (("sharp", sharp), ("plain", plain), ("robust", robust)):
        found[f"{name} masked"] = float(lab.gradient_masking_check(net, other, x, y, 0.1))
    return found


PARTS = {"graded": graded, "attacks": attacks, "defences": defences}


if __name__ == "__main__":
    main()
