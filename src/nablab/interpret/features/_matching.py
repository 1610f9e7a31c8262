"""An image whose features and Gram matrices become those of others, by Adam on its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret._batches import progress
from nablab.interpret._gradients import arrays_of, compiled, gradient
from nablab.interpret._graph import Graph
from nablab.interpret.features._ascent import BETAS, TINY


def one_image(owner: str, **image: Any) -> np.ndarray:
    """(1, h, w, c) float32."""
    ((name, value),) = image.items()
    if np.ndim(value) != 3:
        raise ValueError(f"{owner}: {name} has shape {np.shape(value)}; expected (h, w, channels).")
    return _targets.images(owner, np.asarray(value)[None])


def places_of(owner: str, model: Any, layers: Any) -> tuple[int, ...]:
    graph = Graph(model, owner)
    layers = layers if isinstance(layers, list | tuple) else [layers]
    if not layers:
        raise ValueError(f"{owner}: no layers are given.")
    return tuple(graph.find(layer) for layer in layers)


def match(
    owner: str,
    model: Any,
    start: np.ndarray,
    style: np.ndarray,
    places: tuple[int, ...],
    *,
    content: np.ndarray | None = None,
    content_place: int = 0,
    alpha: float = 0.0,
    centre: bool,
    steps: int,
    rate: float,
    low: float,
    high: float,
) -> np.ndarray:
    """From a start (1, h, w, c) the image with the Gram matrices of a style and, as far as alpha
    says, the features of a content."""
    steps = arguments.positive_int(owner, steps=steps)
    arguments.positive(owner, rate=rate)
    centre = arguments.true_or_false(owner, centre=centre)
    if not low < high:
        raise ValueError(f"{owner}: low is {low} and high {high}; expected low < high.")
    goals = compiled(model, _grams, style, places=places, centre=centre)
    if content is not None:
        goals = [*goals, compiled(model, _features, content, place=content_place)]
    x, m = start, np.zeros_like(start)
    v = np.zeros_like(start)
    for number in progress(range(steps), owner):
        told = np.array([number + 1, rate * (high - low), low, high, alpha], "float32")
        x, m, v = compiled(
            model,
            _step,
            *(x, m, v, told, *goals),
            places=places,
            content_place=content_place if content is not None else -1,
            centre=centre,
        )
    return arrays_of(x)[0]


def _step(
    model: Any,
    x: Any,
    m: Any,
    v: Any,
    told: Any,
    *goals: Any,
    places: tuple[int, ...],
    content_place: int,
    centre: bool,
) -> tuple[Any, Any, Any]:
    graph = Graph(model)
    has_content = content_place >= 0

    def loss(x: Any) -> Any:
        wanted = (*places, content_place) if has_content else places
        values = graph.run({graph.input: x}, *wanted)
        total = sum(
            apart(gram(values[place], centre), goal)
            for place, goal in zip(places, goals, strict=False)
        )
        if has_content:
            total = total + told[4] * apart(ops.cast(values[content_place], "float32"), goals[-1])
        return total, x

    _, (g,) = gradient(loss, x)
    m = BETAS[0] * m + (1 - BETAS[0]) * g
    v = BETAS[1] * v + (1 - BETAS[1]) * g**2
    down = (m / (1 - BETAS[0] ** told[0])) / (ops.sqrt(v / (1 - BETAS[1] ** told[0])) + TINY)
    return ops.clip(x - told[1] * down, told[2], told[3]), m, v


def apart(value: Any, goal: Any) -> Any:
    """The squared distance from a goal, relative to the goal's own square."""
    return ops.sum((value - goal) ** 2) / (ops.sum(goal**2) + 1e-12)


def gram(features: Any, centre: bool) -> Any:
    """(1, h, w, c) -> (1, c, c), as `gram_matrix`."""
    F = ops.reshape(ops.cast(features, "float32"), (1, -1, features.shape[-1]))
    if centre:
        F = F - ops.mean(F, axis=1, keepdims=True)
    places = ops.cast(ops.shape(F)[1], "float32")
    return ops.matmul(ops.transpose(F, (0, 2, 1)), F) / places


def _grams(model: Any, x: Any, *, places: tuple[int, ...], centre: bool) -> list[Any]:
    graph = Graph(model)
    values = graph.run({graph.input: x}, *places)
    return [gram(values[place], centre) for place in places]


def _features(model: Any, x: Any, *, place: int) -> Any:
    graph = Graph(model)
    return ops.cast(graph.run({graph.input: x}, place)[place], "float32")
