"""A small net that knows the shapes of `nablab.data.shapes`, trained and stored."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import numpy as np

from nablab.data.shapes import SHAPES, SIDE

FILTERS = (16, 32, 48, 64)
SEEDS = (0, 1)
STEPS = (0, 20, 60, 180, 500, 1128)
"""Training steps after which `shapes_net_filters` knows the first filters; the last is the end."""


def shapes_net(seed: int = 0) -> Any:
    """A Keras model that tells the shapes of `nablab.data.shapes`, with trained weights.

    Four convolutions of 3×3 without bias, each with batch normalization and ReLU, the first three
    with max-pooling of 2×2; then the mean of each map, and one dense layer. Its layers are called
    `conv1`, `norm1`, `relu1`, `pool1`, …, `conv4`, `norm4`, `relu4`, `features`, `logits`. There is
    no softmax at the end.

    Args:
        seed: 0 or 1, two trainings with other first weights and other images.

    Returns:
        keras.Sequential that takes (N, 32, 32, 3) from 0 to 1 and gives logits (N, 4), in the order
        of `SHAPES`.

    Raises:
        ValueError: no net was trained with that seed.

    Source: `tools/train_shapes_net.py`: 3,000 images of `shapes`, 12 epochs of Adam with a cosine
    decay, 80 s on two slow cores. Accuracy on 1,000 other images: .977 (seed 0) and .973 (seed 1).

    Licence: made by this project; CC0, no rights reserved.
    """
    net = build()
    with _stored(seed) as stored:
        for layer in net.layers:
            count = len(layer.weights)
            layer.set_weights([stored[f"{layer.name}/{i}"] for i in range(count)])
    return net


def shapes_net_filters(seed: int = 0) -> dict[int, np.ndarray]:
    """The filters of `conv1` while the net of `shapes_net(seed)` was trained.

    Returns:
        For each number of training steps of `STEPS`, the kernel (3, 3, 3, 16) float32.

    Raises:
        ValueError: no net was trained with that seed.
    """
    with _stored(seed) as stored:
        return dict(zip(STEPS, stored["evolution"], strict=True))


def build() -> Any:
    """The net with new weights: a keras.Sequential."""
    import keras

    layers = [keras.Input((SIDE, SIDE, 3))]
    for number, filters in enumerate(FILTERS, start=1):
        layers += [
            keras.layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{number}"),
            keras.layers.BatchNormalization(name=f"norm{number}"),
            keras.layers.ReLU(name=f"relu{number}"),
        ]
        if number < len(FILTERS):
            layers.append(keras.layers.MaxPooling2D(name=f"pool{number}"))
    layers += [
        keras.layers.GlobalAveragePooling2D(name="features"),
        keras.layers.Dense(len(SHAPES), name="logits"),
    ]
    return keras.Sequential(layers, name="shapes_net")


def _stored(seed: int) -> Any:
    if seed not in SEEDS:
        raise ValueError(f"there is no net of seed {seed!r}; expected {SEEDS[0]} or {SEEDS[1]}")
    return np.load(str(files("nablab.data") / f"shapes_net_{seed}.npz"))
