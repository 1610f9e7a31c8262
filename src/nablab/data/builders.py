"""The embedded data sets as tensorflow-datasets builders.

    import tensorflow_datasets as tfds
    import nablab.data.builders  # registers them

    train, test = tfds.load("nablab_placed_digits", split=["train", "test"], as_supervised=True)

They are prepared on this machine at the first call, without a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from nablab.data import cortex_builders, zoo_builders  # noqa: F401, register their own
from nablab.data.digits import HELD_OUT, digits, placed_digits
from nablab.data.photos import PHOTOS, sample_photo
from nablab.data.turned import turned_digits

DIGITS_CITATION = """@misc{alpaydin1998digits,
  author = {Alpaydin, E. and Kaynak, C.},
  title = {Optical Recognition of Handwritten Digits},
  year = {1998},
  howpublished = {UCI Machine Learning Repository},
}"""


class NablabDigits(tfds.core.GeneratorBasedBuilder):
    """1,797 handwritten digits of 8×8 pixels: see `nablab.data.digits`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return _labelled(self, (8, 8, 1), "Handwritten digits of 8×8 pixels (CC BY 4.0).")

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        images, labels = digits()
        images = np.round(images[..., None] * 255).astype(np.uint8)
        order = np.random.default_rng(0).permutation(len(images))  # the split of placed_digits
        return {
            name: _numbered(images[part], labels[part])
            for name, part in (("train", order[HELD_OUT:]), ("test", order[:HELD_OUT]))
        }

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabPlacedDigits(tfds.core.GeneratorBasedBuilder):
    """Digits at random positions of a 20×20 field: see `nablab.data.placed_digits`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return _labelled(
            self, (20, 20, 1), "Digits at random positions of 20×20 pixels (CC BY 4.0)."
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {
            name: _numbered(np.round(images * 255).astype(np.uint8), labels)
            for name, (images, labels) in zip(("train", "test"), placed_digits(), strict=True)
        }

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabTurnedDigits(tfds.core.GeneratorBasedBuilder):
    """Digits of 8×8 pixels turned by any angle: see `nablab.data.turned_digits`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return _labelled(self, (8, 8, 1), "Digits of 8×8 pixels, turned by any angle (CC BY 4.0).")

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {
            name: _numbered(np.round(images * 255).astype(np.uint8), labels)
            for name, (images, labels) in zip(("train", "test"), turned_digits(1400), strict=True)
        }

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabSamplePhotos(tfds.core.GeneratorBasedBuilder):
    """Two photographs of 213×320 pixels: see `nablab.data.sample_photo`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description="Photographs by danielbuechele and vultilion (CC BY 2.0).",
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(213, 320, 3)),
                    "name": tfds.features.Text(),
                }
            ),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        photos = ((name, {"image": sample_photo(name), "name": name}) for name in PHOTOS)
        return {"train": photos}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


def _labelled(builder: Any, shape: tuple[Any, ...], description: str) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
        builder=builder,
        description=description,
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=shape),
                "label": tfds.features.ClassLabel(num_classes=10),
            }
        ),
        supervised_keys=("image", "label"),
        citation=DIGITS_CITATION,
    )


def _numbered(images: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        yield number, {"image": image, "label": int(label)}
