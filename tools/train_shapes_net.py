"""Trains the nets of `nablab.data.shapes_net` and stores them: `python tools/train_shapes_net.py
[SEED …]`.

Prints seed, accuracy and time of each; src/nablab/data/shapes_net.py states them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import keras
import numpy as np

from nablab import data
from nablab.data.shapes_net import SEEDS, STEPS, build

INTO = Path(__file__).resolve().parents[1] / "src" / "nablab" / "data"
IMAGES, EPOCHS, BATCH, RATE = 3000, 12, 32, 4e-3
FRESH = 1000  # seed of the images that measure accuracy


class Filters(keras.callbacks.Callback):
    """The kernel of conv1 after each of `STEPS`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[int, np.ndarray] = {}
        self.step = 0

    def on_train_begin(self, logs=None) -> None:
        self._look()

    def on_train_batch_end(self, batch, logs=None) -> None:
        self.step += 1
        self._look()

    def _look(self) -> None:
        if self.step in STEPS:
            self.found[self.step] = self.model.get_layer("conv1").get_weights()[0]


def trained(seed: int):
    """The net, its filters over time, and how many seconds it took."""
    keras.utils.set_random_seed(seed)
    x, y, _ = data.shapes(IMAGES, seed=100 + seed)
    net, filters = build(), Filters()
    total = EPOCHS * -(-IMAGES // BATCH)
    if total != STEPS[-1]:
        raise SystemExit(f"training takes {total} steps; make that the last one of STEPS")
    net.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, total)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    start = time.perf_counter()
    net.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0, callbacks=[filters])
    return net, filters.found, time.perf_counter() - start


def main() -> None:
    x, y, _ = data.shapes(1000, seed=FRESH)
    for seed in [int(word) for word in sys.argv[1:]] or SEEDS:
        net, filters, seconds = trained(seed)
        right = np.mean(net.predict(x, verbose=0).argmax(axis=1) == y)
        weights = {
            f"{layer.name}/{i}": weight
            for layer in net.layers
            for i, weight in enumerate(layer.get_weights())
        }
        evolution = np.stack([filters[step] for step in STEPS])
        np.savez_compressed(INTO / f"shapes_net_{seed}.npz", evolution=evolution, **weights)
        print(f"seed {seed}: accuracy {right:.3f} on 1,000 other images, {seconds:.0f} s")


if __name__ == "__main__":
    main()
