"""Measures what the bounds and the sentences of N.3, N.4, N.5, N.7 and N.8 rest on, on 20 seeds:

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number; `classes dreams` as arguments takes only these
of the parts `classes`, `bases`, `dreams`, `textures` and `styles`. The tables are in the files that
use the bounds, and at the head of src/nablab/show/dreaming.py.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from nablab import data
from nablab.authored.answers import Answers
from nablab.course import Course
from nablab.reference.dreaming import gram, gram_loss
from nablab.show import dreaming as show

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)


def main() -> None:
    course = Course(ROOT)
    answers = Answers(course, course.authored_lab(Path(__file__).resolve().parent.name))
    lab, table = SimpleNamespace(**answers.namespace()), []
    for seed in SEEDS:
        row = {}
        for part in sys.argv[1:] or PARTS:
            row |= PARTS[part](lab, seed)
        table.append(row)
        print(seed, "  ".join(f"{name} {value:.3f}" for name, value in row.items()), flush=True)
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<30}{min(values):.3f} to {max(values):.3f}, mean {np.mean(values):.3f}")


def classes(lab, seed):
    """N.4: the mean over four classes of the second net's probability and of fine patterns."""
    rng = np.random.default_rng(seed)
    start = np.clip(0.5 + 0.1 * rng.normal(size=(32, 32, 3)), 0, 1)
    shifts = rng.integers(-4, 5, size=(40, 2))
    found = {}
    for name, way in {
        "plain": lambda s: show.climbed(s, start, 0 * shifts, 0.03),
        "jitter": lambda s: show.climbed(s, start, shifts, 0.03),
        "blur": lambda s: show.climbed(s, start, 0 * shifts, 0.1, True),
        "both": lambda s: lab.class_image(s, start, shifts, 0.1),
    }.items():
        images = [way(lab.class_score(cls)) for cls in range(4)]
        first, second = (
            [lab.probabilities(image, net)[cls] for cls, image in enumerate(images)]
            for net in (0, 1)
        )
        found |= {
            f"{name} first": np.mean(first),
            f"{name} second": np.mean(second),
            f"{name} fine": np.mean([show.fine(image) for image in images]),
        }
        if name == "both":
            found["triangle by the second"] = second[2]
    return found


def bases(lab, seed):
    """N.3: the share of power above a quarter cycle, of four channels in pixels and frequencies."""
    x, z = [], []
    for layer, channel in show.CHANNELS:
        score = show.from_grey(lab.channel_score(layer, channel))
        x.append(lab.ascend(score, show.noise(seed), 60, 0.02, 0.05)[0])
        made, _ = lab.ascend(
            lambda z, s=score: lab.fourier_score(s, z), show.noise(seed, 0.002), 60, 0.004, 0.05
        )
        z.append(lab.fourier_image(made))
    return {"in pixels": np.mean([*map(show.fine, x)]), "in z": np.mean([*map(show.fine, z)])}


def dreams(lab, seed):
    """N.5: by what factor the checks' dreams raise their layers."""
    rng = np.random.default_rng(seed)
    img = lab.resize(0.5 + 0.15 * rng.normal(size=(8, 12, 3)), (32, 48)).clip(0, 1)
    score = lab.layer_score("relu3")
    return {"relu3": score(lab.deepdream(score, img, [(32, 48)], 4, 0.05))[0] / score(img)[0]}


def crop(name, row, column, side):
    piece = data.sample_photo(name)[row : row + 2 * side, column : column + 2 * side] / 255
    return piece.reshape(side, 2, side, 2, 3).mean(axis=(1, 3))


def textures(lab, seed):
    """N.7: what is left of the loss, the distance in another bank, and whether places are kept."""
    rng = np.random.default_rng(seed)
    source = crop("flower", int(rng.integers(40, 70)), int(rng.integers(100, 130)), 24)
    x, (maps, pull), (others, _) = rng.random(size=source.shape), *map(lab.random_bank, (0, 1))
    made = lab.texture_synth(maps, pull, source, x, 80, 0.05)

    def distance(bank, image):
        pairs = zip(bank(image), bank(source), strict=True)
        return float(np.mean([gram_loss(F, gram(S))[0] for F, S in pairs]))

    a, b = (one - one.mean(axis=(0, 1)) for one in (made, source))
    return {
        "left": distance(maps, made) / distance(maps, x),
        "unseen before": distance(others, x),
        "unseen": distance(others, made),
        "places": float(np.sum(a * b) / np.sqrt(np.sum(a**2) * np.sum(b**2))),
    }


def styles(lab, seed):
    """N.8: the distance from the content at three alphas."""
    rng = np.random.default_rng(seed)
    content = crop("flower", int(rng.integers(20, 50)), int(rng.integers(80, 120)), 20)
    style = crop("china", int(rng.integers(70, 100)), int(rng.integers(90, 120)), 24)
    maps, pull = lab.random_bank(0)
    x, found = rng.random(size=content.shape), {}
    for alpha in (0.03, 1.0, 30.0):
        image = lab.style_transfer(maps, pull, content, style, x, alpha, 25, 0.05)
        found[f"alpha {alpha:g}"] = float(np.mean((image - content) ** 2))
    return found


PARTS = {
    "classes": classes,
    "bases": bases,
    "dreams": dreams,
    "textures": textures,
    "styles": styles,
}


if __name__ == "__main__":
    main()
