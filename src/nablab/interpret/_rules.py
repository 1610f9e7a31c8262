"""Other ways back through a ReLU than its gradient.

All of Keras's rectifiers, as a layer, as an argument or as an operation, end in one function of the
backend. While a rule is traced, that function is another one with the same values and the rule's
way back. What does not end there is refused, so that no plain gradient is taken for a rule's
result.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
from keras import ops
from keras.src import backend

from nablab.interpret._graph import Graph, Step

OURS = ("keras.", "nablab.layers.")  # layers whose operations are Keras's
UNKNOWN_INSIDE = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")


def _deconvnet(relu: Any) -> Any:
    @ops.custom_gradient
    def rectified(x: Any) -> Any:
        def back(*args: Any, upstream: Any = None) -> Any:
            upstream = args[0] if upstream is None else upstream
            return ops.maximum(upstream, 0)

        return relu(x), back

    return rectified


def _guided(relu: Any) -> Any:
    @ops.custom_gradient
    def rectified(x: Any) -> Any:
        def back(*args: Any, upstream: Any = None) -> Any:
            upstream = args[0] if upstream is None else upstream
            return ops.where(x > 0, ops.maximum(upstream, 0), ops.zeros_like(upstream))

        return relu(x), back

    return rectified


def _straight(relu: Any) -> Any:
    def rectified(x: Any) -> Any:
        below = ops.minimum(x, 0)
        return relu(x) + (below - ops.stop_gradient(below))  # adds 0

    return rectified


RULES = {"deconvnet": _deconvnet, "guided": _guided, "straight": _straight}


@contextmanager
def rule(name: str) -> Iterator[None]:
    """Inside the block, this thread's rectifiers go back by a rule."""
    plain, plain6, clip = backend.nn.relu, backend.nn.relu6, backend.numpy.clip
    here = threading.get_ident()
    ruled = RULES[name](plain)

    def relu(x: Any) -> Any:
        if threading.get_ident() != here:
            return plain(x)
        return ruled(ops.convert_to_tensor(x))

    def relu6(x: Any) -> Any:  # the limit has its own gradient
        if threading.get_ident() != here:
            return plain6(x)
        return ops.minimum(relu(x), 6)

    def limited(x: Any, low: Any, high: Any) -> Any:
        if threading.get_ident() != here:
            return clip(x, low, high)
        return ops.where(x > high, high, ops.where(x < low, low, x))  # JAX halves it at 0

    backend.nn.relu, backend.nn.relu6, backend.numpy.clip = relu, relu6, limited
    try:
        yield
    finally:
        backend.nn.relu, backend.nn.relu6, backend.numpy.clip = plain, plain6, clip


def graph_for_rules(model: Any, owner: str = "interpret") -> Graph:
    """A model's graph, if every ReLU in it can be seen.

    Raises:
        ValueError: the model, a layer or an activation is one whose operations are not known.
    """
    graph = Graph(model, owner)
    graph.steps = [_maximum_is_relu(step) for step in graph.steps]
    for step in graph.steps:
        for layer in _with_inner_layers(step.operation):
            _refuse_unknown(owner, layer)
    return graph


def _refuse_unknown(owner: str, layer: Any) -> None:
    kind = type(layer)
    if not f"{kind.__module__}.".startswith(OURS) or kind.__name__ in UNKNOWN_INSIDE:
        raise ValueError(
            f"{owner}: layer {layer.name!r} is a {kind.__name__}, whose operations are not known, "
            "so a ReLU in it would be missed; build the model from Keras's layers and keras.ops."
        )
    for name in ("activation", "recurrent_activation"):
        function = getattr(layer, name, None)
        where = getattr(function, "__module__", None) or type(function).__module__
        if callable(function) and not f"{where}.".startswith(OURS):
            told = f"{where}.{getattr(function, '__name__', function)}"
            raise ValueError(
                f"{owner}: the {name} of layer {layer.name!r} is {told}, whose operations are not "
                'known; give it one of Keras\'s, such as "relu".'
            )
    slope, top, threshold = (
        getattr(layer, name, None) or 0 for name in ("negative_slope", "max_value", "threshold")
    )
    if kind.__name__ == "ReLU" and (threshold or (slope and top)):
        raise ValueError(
            f"{owner}: {layer.name!r} is a ReLU with a threshold, or with a slope and a limit; the "
            "rule is not defined for these."
        )


def _with_inner_layers(operation: Any) -> list[Any]:
    if isinstance(operation, keras.layers.Layer):
        return list(operation._flatten_layers())
    return [operation]


class _Relu:
    """Stands for an operation max(x, 0)."""

    __module__ = "keras.ops"

    def __init__(self, operation: Any) -> None:
        self.name = operation.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        (x,) = [a for a in (*args, *kwargs.values()) if not _is_zero(a)]
        return ops.relu(x)


def _maximum_is_relu(step: Step) -> Step:
    if type(step.operation).__name__ != "Maximum" or len(step.inputs) != 1:
        return step
    given = (*step.node.arguments.args, *step.node.arguments.kwargs.values())
    if not any(map(_is_zero, given)):
        return step
    return replace(step, operation=_Relu(step.operation))


def _is_zero(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0
