"""Deep dream: an image with more of what a layer sees in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.interpret import _maps, _targets
from nablab.interpret._batches import progress
from nablab.interpret._gradients import arrays_of, compiled, gradient
from nablab.interpret._graph import Graph
from nablab.interpret.features._ascent import rolled


def deep_dream(
    model,
    image,
    layer,
    *,
    octaves=3,
    scale=1.4,
    steps=10,
    rate=0.02,
    jitter=4,
    low=0.0,
    high=1.0,
    seed=0,
):
    """An image, changed so that a layer responds more strongly to what it responds to anyway.

    Nothing is asked for: whatever the layer sees is amplified. It begins on the image made small,
    where its filters see large parts, and what it has dreamt there is carried to the next size.

    Maths:
        for each size, small to large:   x ← the image at that size + the dreamt details, enlarged
        steps times:   x ← clip(x + rate · (high - low) · g / mean |g|),   g = ∂ mean(A(x)²) / ∂ x

        A is what the layer computes.

    Shapes:
        image (h, w, channels) -> (h, w, channels), float32 from low to high

    Args:
        model: a Sequential or functional Keras model of images. The layers up to `layer` read any
            size if they are convolutions and pools, also if the model is for one size only.
        image: in the numbers that the model reads.
        layer: a layer or its path, or several of them: then their means are summed.
        octaves: how many sizes; `scale` is the factor between them.
        steps, rate: how many steps for each size, and their mean change as a part of the range.
        jitter: by how many pixels the image may be moved, anew at each step, around the edges.
        low, high: the range of the numbers that the model reads.
        seed: of the jitter.

    Raises:
        ValueError: the image is not (h, w, channels), there is no such layer, a size is too small
            for it, or an argument is not as described.

    Example:
        >>> conv = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones")
        >>> model = keras.Sequential([keras.Input((8, 8, 1)), conv])
        >>> image = np.full((8, 8, 1), 0.5)
        >>> deep_dream(model, image, conv, octaves=1, steps=5, rate=0.1).mean().round(4)
        np.float32(1.0)

    Source: A. Mordvintsev, C. Olah, M. Tyka, Inceptionism: Going Deeper into Neural Networks, 2015,
    https://research.google/blog/inceptionism-going-deeper-into-neural-networks/.
    """
    owner = "deep_dream"
    octaves, steps = arguments.positive_int(owner, octaves=octaves, steps=steps)
    arguments.positive(owner, rate=rate)
    arguments.at_least(owner, 1, scale=scale)
    arguments.at_least(owner, 0, jitter=jitter)
    if np.ndim(image) != 3:
        raise ValueError(f"{owner}: image has shape {np.shape(image)}; expected (h, w, channels).")
    x = _targets.images(owner, np.asarray(image)[None])
    graph = Graph(model, owner)
    layers = layer if isinstance(layer, list | tuple) else [layer]
    places = tuple(graph.find(one) for one in layers)
    rng = np.random.default_rng(seed)
    sizes = [_size(x, scale**-k) for k in reversed(range(octaves))]
    dreamt = np.zeros((1, *sizes[0], x.shape[3]), "float32")
    for size, number in progress([(s, i) for s in sizes for i in range(steps)], owner):
        if number == 0:
            base = _maps.resized(x, *size)
            now = base + _maps.resized(dreamt, *size)
        shift = rng.integers(-jitter, jitter + 1, size=2).astype("int32")
        change = np.array([rate * (high - low), low, high], "float32")
        now = compiled(model, _step, now, change, shift, places=places)
        if number == steps - 1:
            now = arrays_of(now)
            dreamt = now - base
    return now[0]


def _size(x: np.ndarray, factor: float) -> tuple[int, int]:
    return max(1, round(x.shape[1] * factor)), max(1, round(x.shape[2] * factor))


def _step(model: Any, x: Any, change: Any, shift: Any, *, places: tuple[int, ...]) -> Any:
    graph = Graph(model)

    def score(x: Any) -> Any:
        values = graph.run({graph.input: rolled(x, shift)}, *places)
        return sum(ops.mean(ops.cast(values[place], "float32") ** 2) for place in places), x

    _, (g,) = gradient(score, x)
    g = g / (ops.mean(ops.abs(g)) + 1e-12)
    return ops.clip(x + change[0] * g, change[1], change[2])
