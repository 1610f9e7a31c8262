"""The sanity check: what is left of a map when the net forgets, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret._batches import progress
from nablab.interpret._graph import Graph
from nablab.interpret.attribution._own_classes import own_classes

HOW = ("shuffle", "normal")


class Cascade(NamedTuple):
    """
    Attributes:
        layers: the names of the layers, from the top, in the order in which they were changed.
        correlations: (layers, n) float32, of the map after that change with the one before any.
        maps: (layers + 1, n, ...) float32; the first of the net as it is.
    """

    layers: tuple[str, ...]
    correlations: np.ndarray
    maps: np.ndarray


def cascading_randomization(
    method: Callable[..., np.ndarray],
    model,
    x,
    classes=None,
    *,
    layers: int | None = None,
    how: str = "shuffle",
    seed: int = 0,
    batch_size: int = 32,
    **options: Any,
) -> Cascade:
    """How a method's maps change when the net's layers are made random, from the top down.

    A map that explains what a net has learned must change when it unlearns. Guided backprop hardly
    does while the last layers are shuffled. A low correlation does not show that a map is right.

    Maths:
        ρ_l,n = Spearman's rank correlation of |M_n| and |M_n after the top l layers were changed|

        The class stays the same. Equal values share their mean rank; a map that is constant has the
        correlation 0.

    Shapes:
        x (n, ..., channels) -> correlations (l, n), maps (l + 1, n, ...), float32

    Args:
        method: a method of this package, or any function of (model, x, classes, batch_size=…) that
            returns one map for each input, such as `saliency`.
        model: a Sequential or functional Keras model. Its weights are put back, also after an
            error.
        x, classes, batch_size: as in `input_gradient`.
        layers: how many layers to change; by default all that have weights.
        how: "shuffle" permutes the numbers of each weight, "normal" draws them anew with the mean
            and standard deviation that they have.
        seed: of the random numbers.
        options: what else the method is called with.

    Raises:
        ValueError: `layers` is not a positive integer or more than there are, `how` is neither; and
            as the method does.

    Example:
        >>> inner = keras.layers.Dense(3, "relu", name="inner")
        >>> model = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2, name="top")])
        >>> found = cascading_randomization(gradient_times_input, model, np.eye(4), classes=0)
        >>> found.layers, found.correlations.shape, found.maps.shape
        (('top', 'inner'), (2, 4), (3, 4, 4))

    Source: J. Adebayo and others, Sanity Checks for Saliency Maps, 2018,
    https://arxiv.org/abs/1810.03292.
    """
    owner = "cascading_randomization"
    how = arguments.one_of(owner, HOW, how=how)
    x = _targets.inputs(owner, model, x)
    classes = own_classes(owner, model, x, classes, batch_size)
    weighted = _from_the_top(model)
    if layers is not None:
        layers = arguments.positive_int(owner, layers=layers)
        if layers > len(weighted):
            raise ValueError(f"{owner}: layers is {layers}; {len(weighted)} have weights.")
        weighted = weighted[:layers]
    rng = np.random.default_rng(seed)
    kept = [layer.get_weights() for layer in weighted]
    maps = [method(model, x, classes, batch_size=batch_size, **options)]
    try:
        for layer in progress(weighted, owner):
            layer.set_weights([_changed(w, how, rng) for w in layer.get_weights()])
            maps.append(method(model, x, classes, batch_size=batch_size, **options))
    finally:
        for layer, weights in zip(weighted, kept, strict=True):
            layer.set_weights(weights)
    first = np.array([_ranks(m) for m in maps[0]])
    correlations = [
        [_correlation(a, _ranks(m)) for a, m in zip(first, changed, strict=True)]
        for changed in maps[1:]
    ]
    names = tuple(layer.name for layer in weighted)
    return Cascade(names, np.array(correlations, "float32"), np.array(maps, "float32"))


def _from_the_top(model: Any) -> list[Any]:
    """The layers with weights, each once, the one nearest to the output first."""
    graph = Graph(model, "cascading_randomization")
    found: dict[int, Any] = {}
    for step in reversed(graph.steps):
        if getattr(step.operation, "weights", None):
            found.setdefault(id(step.operation), step.operation)
    return list(found.values())


def _changed(weights: np.ndarray, how: str, rng: np.random.Generator) -> np.ndarray:
    if weights.dtype.kind != "f":
        return weights
    if how == "shuffle":
        return rng.permutation(weights.ravel()).reshape(weights.shape)
    return rng.normal(weights.mean(), weights.std(), weights.shape).astype(weights.dtype)


def _ranks(values: np.ndarray) -> np.ndarray:
    """The ranks of absolute values; equal ones share their mean."""
    flat = np.abs(np.ravel(values))
    _, group, count = np.unique(flat, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return (last - (count - 1) / 2)[group]


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size else 0.0
