"""∂ logit / ∂ input of a batch, which most methods of this package begin with."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
from keras import ops

from nablab.interpret import _rules, _targets
from nablab.interpret._batches import in_batches
from nablab.interpret._gradients import gradient
from nablab.interpret._graph import Graph


def class_gradient(
    owner: str,
    model: Any,
    x: Any,
    classes: Any,
    batch_size: int,
    *,
    layer: Any = None,
    rule: str | None = None,
) -> np.ndarray:
    """The gradient of a logit, or of a unit of a layer, with respect to every input; through ReLUs
    by one of `_rules.RULES` if it is named."""
    x = _targets.inputs(owner, model, x)
    if rule is not None:
        _rules.graph_for_rules(model, owner)
    if layer is None:
        chosen, place = _targets.classes(owner, model, x, classes), None
    else:
        place = Graph(model, owner).find(layer)
        chosen = _units(owner, model, place, len(x), classes)
    return in_batches(owner, model, _gradient, [x, chosen], batch_size, place=place, rule=rule)


def _gradient(model: Any, x: Any, chosen: Any, *, place: Any, rule: Any) -> Any:
    if rule is None and place is None:
        graph = None  # of a subclassed model there is none
    else:
        graph = _rules.graph_for_rules(model) if rule else Graph(model)

    def score(x: Any) -> Any:
        if graph is None:
            found = _targets.chosen(_targets.logits(model, x), chosen)
        elif place is None:
            found = _targets.chosen(ops.cast(graph(x), "float32"), chosen)
        else:
            found = _targets.unit_scores(graph.run({graph.input: x}, place)[place], chosen)
        return ops.sum(found), x

    with _rules.rule(rule) if rule else nullcontext():
        _, (found,) = gradient(score, x)
    return found


def _units(owner: str, model: Any, place: int, n: int, units: Any) -> np.ndarray:
    """(n,) int32: the units of a layer, as `_targets.classes` gives classes."""
    if units is None:
        return np.full(n, _targets.OWN, "int32")
    count = Graph(model, owner).channels(place)
    array = np.asarray(units)
    fits = array.dtype.kind in "iu" and array.shape in ((), (n,))
    if not fits or array.min() < 0 or array.max() >= count:
        raise ValueError(
            f"{owner}: classes is {units!r}; expected channels of the layer, of which there are "
            f"{count}: an integer, or {n} integers."
        )
    return np.broadcast_to(array, n).astype("int32")
