"""Measures the numbers that checks and text rest on, with the reference's functions and the trained net
of the lab, on 20 draws of the images or of the shuffles. The tables stand where the bounds are used:
`checks/occlusion_map.py`, `checks/gradcam.py` and the heads of the pictures' modules.

    python grader/suites/LAB/measure_thresholds.py

prints one line a draw and the range of each number; `energy purity` as arguments takes only these of
the parts `energy`, `gradients`, `purity`, `codes`, `classes` and `survival`.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nablab.authored.answers import Answers
from nablab.course import Course
from nablab.data.shapes import shapes
from nablab.reference.attribution import energy_ratio, points_at
from nablab.show import attribution, attribution_gallery, attribution_maps

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(100, 120)


def main() -> None:
    course = Course(ROOT)
    answers = Answers(course, course.authored_lab(Path(__file__).resolve().parent.name))
    lab = SimpleNamespace(**answers.namespace())
    for part in sys.argv[1:] or PARTS:
        table = []
        for seed in SEEDS:
            table.append(PARTS[part](lab, seed))
            row = "  ".join(f"{name} {value:.2f}" for name, value in table[-1].items())
            print(part, seed, row, flush=True)
        for name in table[0]:
            values = [row[name] for row in table]
            print(
                f"{part:<12}{name:<24}{min(values):.2f} to {max(values):.2f}, "
                f"mean {np.mean(values):.2f}",
                flush=True,
            )


def energy(lab, seed):
    """N.4 and N.7, as their checks ask: 6 images, windows of 6×6 in steps of 4, maps of relu4."""
    found = {"mean fill": [], "black fill": [], "Grad-CAM": []}
    for img, cls, mask in zip(*shapes(6, seed), strict=True):
        for name, fill in (("mean fill", "mean"), ("black fill", 0.0)):
            drops = lab.occlusion_map(lab.net(), img, int(cls), 6, 4, fill)
            found[name].append(energy_ratio(attribution_maps.spread(drops, 6, 4, 32), mask))
        heat = lab.gradcam(lab.net(), "relu4", img, int(cls))
        found["Grad-CAM"].append(energy_ratio(np.kron(heat, np.ones((4, 4))), mask))
    return {name: float(np.mean(values)) for name, values in found.items()}


def gradients(lab, seed):
    """N.5: energy ratio and pointing game of saliency, gradient times image and Sobel."""
    found = {}
    for img, cls, mask in zip(*shapes(24, seed), strict=True):
        for name, heat in (
            ("saliency", lab.saliency(lab.net(), img, int(cls))),
            ("times image", np.abs(lab.gradient_times_input(lab.net(), img, int(cls)))),
            ("Sobel", attribution_maps.sobel(img)),
        ):
            found.setdefault(name, []).append(energy_ratio(heat, mask))
            found.setdefault(f"{name} points", []).append(float(points_at(heat, mask)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def purity(lab, seed):
    """N.2: the purity of the nine best images of each layer's units."""
    x, y, _ = shapes(400, seed)
    return {
        layer: attribution.purity(lab.until(lab.net(), layer, x), y) for layer in attribution.LAYERS
    }


def codes(lab, seed):
    """N.3: the share of points whose nearest neighbour on paper has the same shape."""
    x, y, _ = shapes(160, seed)
    maps = attribution.embeddings(
        lab.until(lab.net(), "features", x), lab.affinities, lab.embed_step
    )
    return {name: attribution.neighbours_agree(at, y) for name, at in maps.items()}


def classes(lab, seed):
    """N.6 and N.7: the correlation of the maps of two classes."""
    found = {"grad": [], "deconv": [], "guided": [], "Grad-CAM": []}
    for img, cls, _ in zip(*shapes(6, seed), strict=True):
        asked = (int(cls), (int(cls) + 2) % 4)
        for rule in ("grad", "deconv", "guided"):
            maps = [np.ravel(lab.rule_map(lab.net(), img, c, rule)) for c in asked]
            found[rule].append(np.corrcoef(*maps)[0, 1])
        maps = [np.ravel(lab.gradcam(lab.net(), "relu4", img, c)) for c in asked]
        if min(map(np.ptp, maps)) > 0:
            found["Grad-CAM"].append(np.corrcoef(*maps)[0, 1])
    return {name: float(np.mean(values)) for name, values in found.items()}


def survival(lab, seed):
    """N.8: the rank correlation of maps after the layers down to the third convolution are
    shuffled."""
    x, y, _ = shapes(3, seed)
    stages = attribution_gallery.survival(
        lab.net(), x, y, lab.saliency, lab.rule_map, lab.gradcam, lab.sanity_check, seed, ["conv3"]
    )
    found = {name: values[-1] for name, values in stages.items() if not name.startswith("Sobel")}
    return {**found, "guided − saliency": found["guided backprop"] - found["saliency"]}


PARTS = {part.__name__: part for part in (energy, gradients, purity, codes, classes, survival)}


if __name__ == "__main__":
    main()
