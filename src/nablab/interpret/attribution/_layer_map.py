"""The maps of a layer, weighted by the gradient of a class."""

from __future__ import annotations

from typing import Any

from keras import ops

from nablab._components import arguments
from nablab.interpret import _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._gradients import gradient
from nablab.interpret._graph import Graph


def layer_map(owner: str, model: Any, x: Any, classes: Any, layer: Any, plus_plus: Any, size: Any):
    """Σ_k α_k F[..., k], (n, h, w)."""
    x = _targets.inputs(owner, model, x)
    plus_plus = arguments.true_or_false(owner, plus_plus=plus_plus)
    graph = Graph(model, owner)
    place = graph.last_map() if layer is None else graph.find(layer)
    step = graph.step_of(place)
    if x.ndim != 4 or step is None or len(step.shape) != 4:
        raise ValueError(
            f"{owner}: layer {step.path if step else layer!r} has outputs of axes "
            f"{step.shape if step else None}; expected (n, h, w, channels)."
        )
    chosen = _targets.classes(owner, model, x, classes)
    return in_batches(owner, model, _weighted, [x, chosen], size, place=place, plus_plus=plus_plus)


def _weighted(model: Any, x: Any, of: Any, *, place: int, plus_plus: bool) -> Any:
    graph = Graph(model)
    known = graph.run({graph.input: x}, place)
    features = known[place]  # (n, h, w, k)

    def score(features: Any) -> Any:
        found = graph.run({**known, place: features}, graph.logits)[graph.logits]
        return ops.sum(_targets.chosen(ops.cast(found, "float32"), of)), features

    _, (g,) = gradient(score, features)
    if plus_plus:
        below = 2 * g**2 + ops.sum(features, axis=(1, 2), keepdims=True) * g**3
        share = ops.where(below == 0, 0.0, g**2 / ops.where(below == 0, 1.0, below))
        weights = ops.sum(share * ops.maximum(g, 0), axis=(1, 2))
    else:
        weights = ops.mean(g, axis=(1, 2))  # (n, k)
    return ops.cast(ops.sum(features * weights[:, None, None], axis=-1), "float32")
