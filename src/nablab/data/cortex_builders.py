"""Gratings, letters and syllables as tensorflow-datasets builders.

`nablab.data.builders` registers them. Each draws its parts with the seeds 0 (train) and 1 (test).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import tensorflow_datasets as tfds

from nablab.data import gratings, letters, syllables

EXAMPLES = {"train": 600, "test": 200}


class NablabGratings(tfds.core.GeneratorBasedBuilder):
    """Gratings of four orientations in random phase: see `nablab.data.gratings`."""

    VERSION = tfds.core.Version("1.0.0")
    SHAPE: ClassVar = (33, 33)
    NAMES: ClassVar = ["0", "45", "90", "135"]  # degrees, across the stripes

    def _info(self) -> tfds.core.DatasetInfo:
        return _described(self, "image", "Gratings of 33×33 pixels (CC0).")

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return _parts("image", gratings.sample)

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabLetters(tfds.core.GeneratorBasedBuilder):
    """The letters L, T and X at random places: see `nablab.data.letters`."""

    VERSION = tfds.core.Version("1.0.0")
    SHAPE: ClassVar = (letters.FIELD, letters.FIELD)
    NAMES: ClassVar = list(letters.LETTERS)

    def _info(self) -> tfds.core.DatasetInfo:
        return _described(self, "image", "L, T and X at random places of 21×21 pixels (CC0).")

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return _parts("image", letters.sample)

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabSyllables(tfds.core.GeneratorBasedBuilder):
    """Made-up syllables that begin at random times: see `nablab.data.syllables`."""

    VERSION = tfds.core.Version("1.0.0")
    SHAPE: ClassVar = (syllables.STEPS, syllables.BANDS)
    NAMES: ClassVar = list(syllables.SYLLABLES)

    def _info(self) -> tfds.core.DatasetInfo:
        return _described(self, "spectrogram", "Spectrograms of made-up syllables (CC0).")

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return _parts("spectrogram", syllables.sample)

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


def _described(builder: Any, name: str, description: str) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
        builder=builder,
        description=description,
        features=tfds.features.FeaturesDict(
            {
                name: tfds.features.Tensor(shape=builder.SHAPE, dtype=np.float32),
                "label": tfds.features.ClassLabel(names=builder.NAMES),
            }
        ),
        supervised_keys=(name, "label"),
    )


def _parts(name: str, sample: Callable[..., tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    return {
        part: _numbered(name, *sample(count, np.random.default_rng(seed)))
        for seed, (part, count) in enumerate(EXAMPLES.items())
    }


def _numbered(name: str, x: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, (one, label) in enumerate(zip(x.astype(np.float32), labels, strict=True)):
        yield number, {name: one, "label": int(label)}
