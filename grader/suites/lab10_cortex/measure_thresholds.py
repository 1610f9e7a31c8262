"""Measures what the text of N.7 and N.8 says of nets that learn, on 20 seeds:

    python grader/suites/LAB/measure_thresholds.py

prints one line a seed and the range of each number. Nothing that is graded trains, so no check has
a bound from here. The table is in src/nablab/show/cortex_nets.py.
"""

from pathlib import Path

import numpy as np

from nablab import data
from nablab.authored.answers import Answers
from nablab.course import Course
from nablab.show import cortex_nets as nets

ROOT = Path(__file__).resolve().parents[3]
SEEDS = range(20)
ONSETS = (0, 4, 6, 8, 12, data.syllables.LAST_ONSET)


def main() -> None:
    lab = Course(ROOT).authored_lab(Path(__file__).resolve().parent.name)
    names = Answers(Course(ROOT), lab).namespace()
    table = []
    for seed in SEEDS:
        table.append(hearing(names["tdnn"], seed) | fits(names["first_layer_gabor_fit"], seed))
        print(
            seed, "  ".join(f"{name} {value:.2f}" for name, value in table[-1].items()), flush=True
        )
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:<24}{min(values):.2f} to {max(values):.2f}, mean {np.mean(values):.2f}")


def hearing(tdnn, seed):
    """N.7: accuracies by the step at which a syllable begins; all learned at step 4."""
    x, y = data.syllables.sample(120, np.random.default_rng(seed), onset=4)
    w1, w2 = nets.train_time_delay(x, y, seed)
    dense = nets.train_dense(x, y, seed)
    found = {}
    for onset in ONSETS:
        rng = np.random.default_rng([seed, onset])
        new, right = data.syllables.sample(150, rng, onset=onset)
        scores = np.array([tdnn(one, w1, w2) for one in new])
        found[f"time-delay at {onset}"] = float(np.mean(scores.argmax(axis=1) == right))
        flat = nets.dense_scores(new, *dense)
        found[f"dense at {onset}"] = float(np.mean(flat.argmax(axis=1) == right))
    return found


def fits(first_layer_gabor_fit, seed):
    """N.8: the median R² of learned and of unlearned filters."""
    photos = [data.sample_photo(name, grey=True) for name in ("china", "flower")]
    learned, start = nets.learn_sparse_filters(photos, seed)
    return {
        name: float(np.median(first_layer_gabor_fit(one)[1]))
        for name, one in (("R² learned", learned), ("R² not learned", start))
    }


if __name__ == "__main__":
    main()
