"""Chirps, discs, motion, shapes and coloured shapes as tensorflow-datasets builders.

`nablab.data.builders` registers them. Each draws its parts with the seeds 0 (train) and 1 (test).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from nablab.data.chirps import KINDS, LENGTH, chirps
from nablab.data.colshapes import COLOURS as SHAPE_COLOURS
from nablab.data.colshapes import SHAPES as COLOURED_SHAPES
from nablab.data.colshapes import SIDE as COLSHAPES_SIDE
from nablab.data.colshapes import colshapes
from nablab.data.discs import discs
from nablab.data.motion import FRAMES, SIDE, WAYS, motion
from nablab.data.shapes import SHAPES, shapes

PARTS = (("train", 0), ("test", 1))


class NablabChirps(tfds.core.GeneratorBasedBuilder):
    """Gliding tones in noise: see `nablab.data.chirps`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        kind = tfds.features.ClassLabel(names=KINDS)
        return _described(self, "Gliding tones in noise (CC0).", (LENGTH, 1), kind)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: _numbered(*chirps(400, seed)) for part, seed in PARTS}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabDiscs(tfds.core.GeneratorBasedBuilder):
    """Discs among bars of the same colours, with the discs' masks: see `nablab.data.discs`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        mask = tfds.features.Tensor(shape=(24, 24, 1), dtype=np.float32)
        return _described(self, "Discs among bars, and their masks (CC0).", (24, 24, 3), mask)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: _numbered(*discs(200, seed=seed)) for part, seed in PARTS}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabMotion(tfds.core.GeneratorBasedBuilder):
    """Films of a drifting texture and their reverses: see `nablab.data.motion`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        way = tfds.features.ClassLabel(names=WAYS)
        shape = (FRAMES, SIDE, SIDE, 1)
        return _described(self, "Films of a drifting texture and their reverses (CC0).", shape, way)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: _numbered(*motion(100, seed)) for part, seed in PARTS}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabShapes(tfds.core.GeneratorBasedBuilder):
    """Shapes on a noisy background, with the objects' masks: see `nablab.data.shapes`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        shape = tfds.features.ClassLabel(names=SHAPES)
        mask = tfds.features.Tensor(shape=(32, 32), dtype=np.bool_)
        return _described(self, "Shapes and their masks (CC0).", (32, 32, 3), shape, mask=mask)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: _masked(*shapes(600, seed)) for part, seed in PARTS}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


class NablabColshapes(tfds.core.GeneratorBasedBuilder):
    """One shape in one colour in each image: see `nablab.data.colshapes`."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        shape = tfds.features.ClassLabel(names=COLOURED_SHAPES)
        colour = tfds.features.ClassLabel(names=SHAPE_COLOURS)
        size = (COLSHAPES_SIDE, COLSHAPES_SIDE, 3)
        return _described(self, "Shapes and colours (CC0).", size, shape, colour=colour)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {part: _coloured(*colshapes(900, seed)) for part, seed in PARTS}

    def _generate_examples(self, examples: Any) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from examples


def _described(
    builder: Any, description: str, shape: tuple[int, ...], target: Any, **more: Any
) -> tfds.core.DatasetInfo:
    return tfds.core.DatasetInfo(
        builder=builder,
        description=description,
        features=tfds.features.FeaturesDict(
            {
                "input": tfds.features.Tensor(shape=shape, dtype=np.float32),
                "target": target,
                **more,
            }
        ),
        supervised_keys=("input", "target"),
    )


def _numbered(x: np.ndarray, y: np.ndarray) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, (one, target) in enumerate(zip(x, y, strict=True)):
        yield number, {"input": one, "target": target if target.ndim else int(target)}


def _masked(
    x: np.ndarray, y: np.ndarray, masks: np.ndarray
) -> Iterator[tuple[int, dict[str, Any]]]:
    for (number, example), mask in zip(_numbered(x, y), masks, strict=True):
        yield number, example | {"mask": mask}


def _coloured(
    x: np.ndarray, shapes: np.ndarray, colours: np.ndarray
) -> Iterator[tuple[int, dict[str, Any]]]:
    for (number, example), colour in zip(_numbered(x, shapes), colours, strict=True):
        yield number, example | {"colour": int(colour)}
