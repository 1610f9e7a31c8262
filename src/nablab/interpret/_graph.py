"""A Keras model as a list of operations, in the order in which they run.

Nested models are taken apart, and an operation that is called twice is two steps. So a method can
compute any inner value, go on from one that it has changed, and stop where it has what it wants.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import keras
from keras.src.models.functional import Functional

# What turns logits into probabilities: by the name of the operation, the layer or the activation.
PROBABILITIES = ("softmax", "sigmoid", "log_softmax", "log_sigmoid")

Values = dict[int, Any]  # a value's number: the tensor


@dataclass(frozen=True, eq=False)
class Step:
    """One call of one operation.

    Attributes:
        path: its name; of a nested model's operation "model/name". If it is called more than once,
            ":0", ":1" … follow the name.
        node: Keras's record of the call.
        inputs: for each tensor that it reads, by `id`, the number of its value.
        outputs: the numbers of what it computes.
        training: what the models around it were called with.
        is_linear: whether it runs without its activation.
    """

    path: str
    operation: Any
    node: Any
    inputs: dict[int, int]
    outputs: tuple[int, ...]
    training: bool | None
    is_linear: bool = False

    @property
    def shape(self) -> tuple[int | None, ...]:
        return tuple(self.node.outputs[0].shape)

    def __call__(self, values: Mapping[int, Any]) -> list[Any]:
        args, kwargs = self.arguments(values)
        with without_activation(self.operation if self.is_linear else None):
            return keras.tree.flatten(self.operation(*args, **kwargs))

    def arguments(self, values: Mapping[int, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        tensors = {tensor: values[number] for tensor, number in self.inputs.items()}
        args, kwargs = self.node.arguments.fill_in(tensors)
        if self.training is not None and _takes_training(self.operation):
            kwargs = {"training": self.training, **kwargs}
        return args, kwargs


class Graph:
    """The steps of a model with one input and one output.

    Attributes:
        steps: in an order in which they can run.
        input, output: the numbers of the model's input and output.
        logits: the number of the output before a softmax or sigmoid; without one, `output`.

    Raises:
        ValueError: the model is not Sequential or functional, or has several inputs or outputs.
    """

    def __init__(self, model: Any, owner: str = "interpret") -> None:
        if not is_known(model):
            raise ValueError(
                f"{owner}: {_named(model)} does not show which operations it consists of; build it "
                "as a Sequential or functional model."
            )
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise ValueError(
                f"{owner}: {_named(model)} has {len(model.inputs)} inputs and "
                f"{len(model.outputs)} outputs; make a functional model with one of each from it."
            )
        self.owner = owner
        self.name, self.dtype = model.name, model.inputs[0].dtype
        self.steps: list[Step] = []
        self.input = 0
        self._count = 1
        self._models: dict[str, int] = {}  # a nested model's path: the number of its output
        self._layers: dict[int, list[str]] = {}  # the id of an operation: its paths
        (self.output,) = self._take_apart(model, "", [self.input], None)
        self._made_by = {number: step for step in self.steps for number in step.outputs}
        self.logits = self._before_probabilities()

    # Reading the model

    def _take_apart(
        self, model: Any, before: str, inputs: Sequence[int], training: bool | None
    ) -> list[int]:
        """Append a model's steps; the numbers of its outputs."""
        numbers = {id(tensor): n for tensor, n in zip(model.inputs, inputs, strict=True)}
        nodes = list(_in_order(model))
        calls: dict[int, int] = {}
        for node in nodes:
            operation = node.operation
            name = before + operation.name
            if sum(other.operation is operation for other in nodes) > 1:
                call = calls[id(operation)] = calls.get(id(operation), -1) + 1
                name = f"{name}:{call}"
            self._layers.setdefault(id(operation), []).append(name)
            read = {id(t): numbers[id(t)] for t in node.input_tensors}
            if is_known(operation):
                told = node.arguments.kwargs.get("training")
                order = [read[id(t)] for t in node.input_tensors]
                made = self._take_apart(
                    operation, f"{name}/", order, training if told is None else told
                )
                self._models[name] = made[0]
            else:
                made = [self._count + i for i in range(len(node.outputs))]
                self._count += len(made)
                self.steps.append(Step(name, operation, node, read, tuple(made), training))
            numbers.update((id(t), n) for t, n in zip(node.outputs, made, strict=True))
        return [numbers[id(tensor)] for tensor in model.outputs]

    def _before_probabilities(self) -> int:
        """The number of the logits. If they are inside a layer, there is one more step for it."""
        last = self._made_by.get(self.output)
        if last is None:
            return self.output
        kind = type(last.operation).__name__.lower().replace("logsoftmax", "log_softmax")
        activation = getattr(last.operation, "activation", None)
        ends_so = getattr(activation, "__name__", "") in PROBABILITIES
        if kind in PROBABILITIES or (kind == "activation" and ends_so):
            return next(iter(last.inputs.values()))
        if not ends_so:
            return self.output
        linear = replace(last, outputs=(self._count,), is_linear=True)
        self.steps.append(linear)
        self._made_by[self._count] = linear
        return self._count

    def find(self, layer: Any) -> int:
        """The number of what a layer computes, given the layer, its path or the end of its path."""
        paths = {s.path: s.outputs[0] for s in self.steps if not s.is_linear} | self._models
        if not isinstance(layer, str):
            found = self._layers.get(id(layer), [])
        elif layer in paths:
            found = [layer]
        else:
            found = [p for p in paths if p.endswith(f"/{layer}") or p.rpartition(":")[0] == layer]
        if len(found) == 1:
            return paths[found[0]]
        named = repr(layer if isinstance(layer, str) else getattr(layer, "name", layer))
        if found:
            raise ValueError(
                f"{self.owner}: layer {named} is called {len(found)} times; expected one of "
                f"{', '.join(map(repr, found))}."
            )
        some = ", ".join(map(repr, list(paths)[-12:]))
        raise ValueError(
            f"{self.owner}: model {self.name!r} has no layer {named}; it has {some}"
            f"{' and others before them' if len(paths) > 12 else ''}."
        )

    def step_of(self, number: int) -> Step | None:
        """The step that computes a value; None for the model's input."""
        return self._made_by.get(number)

    def channels(self, number: int) -> int:
        """The length of a value's last axis."""
        step = self.step_of(number)
        length = step.shape[-1] if step and step.shape else None
        if length is None:
            raise ValueError(f"{self.owner}: how many channels the layer has is not known.")
        return length

    def last_map(self) -> int:
        """The number of the last value with the axes (n, h, w, channels)."""
        for step in reversed(self.steps):
            if len(step.shape) == 4 and step.outputs[0] not in (self.output, self.logits):
                return step.outputs[0]
        raise ValueError(
            f"{self.owner}: model {self.name!r} has no layer with outputs of axes "
            "(n, h, w, channels)."
        )

    def shapes(self, entry: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """The shape of each value for an input of a shape, without computing any."""
        specs = {self.input: keras.KerasTensor(entry, self.dtype)}
        for step in self.steps:
            args, kwargs = step.node.arguments.fill_in(
                {t: specs[n] for t, n in step.inputs.items()}
            )
            found = keras.tree.flatten(step.operation.compute_output_spec(*args, **kwargs))
            specs.update(zip(step.outputs, found, strict=True))
        return {number: tuple(spec.shape) for number, spec in specs.items()}

    # Running it

    def run(self, known: Values, *wanted: int) -> Values:
        """Compute the wanted values from the known ones, and nothing that they do not need.

        Returns:
            All values: the known ones, the wanted ones and those between them.
        """
        values = dict(known)
        needed = set(wanted) - set(values)
        chosen = []
        for step in reversed(self.steps):
            if needed.intersection(step.outputs):
                needed.difference_update(step.outputs)
                needed.update(n for n in step.inputs.values() if n not in values)
                chosen.append(step)
        if needed:
            raise ValueError(f"{self.owner}: what is known does not lead to what is wanted.")
        for step in reversed(chosen):
            values.update(zip(step.outputs, step(values), strict=True))
        return values

    def __call__(self, x: Any) -> Any:
        """The logits of x."""
        return self.run({self.input: x}, self.logits)[self.logits]


def is_known(model: Any) -> bool:
    """Whether a model's operations are known: it is Sequential or functional, and built."""
    if isinstance(model, keras.Sequential):
        return type(model).call is keras.Sequential.call and bool(_inputs(model))
    return isinstance(model, Functional) and type(model).call is Functional.call


def built(model: Any, shape: Sequence[int]) -> Any:
    """The model; one that is Sequential and not built yet is built for inputs of that shape."""
    if isinstance(model, keras.Sequential) and not model.built:
        model.build((None, *shape[1:]))
    return model


@contextmanager
def without_activation(layer: Any) -> Iterator[None]:
    """Inside the block, a layer has no activation. None stands for no layer."""
    if layer is None:
        yield
        return
    activation = layer.activation
    layer.activation = keras.activations.linear
    try:
        yield
    finally:
        layer.activation = activation


def _inputs(model: Any) -> Sequence[Any]:
    try:
        return model.inputs or ()
    except (AttributeError, ValueError):  # not built
        return ()


def _named(model: Any) -> str:
    name = getattr(model, "name", None)
    return f"model {name!r}" if isinstance(name, str) else f"a {type(model).__name__}"


def _takes_training(operation: Any) -> bool:
    is_layer = isinstance(operation, keras.layers.Layer)
    return is_layer and "training" in inspect.signature(operation.call).parameters


def _in_order(model: Any) -> Iterator[Any]:
    """The calls that a model's outputs depend on, each after those that it reads from. Without
    recursion, because a deep network has more operations than Python allows nested calls."""
    given = {id(tensor) for tensor in model.inputs}
    done: set[int] = set()
    waiting = [
        (_origin(tensor), False) for tensor in reversed(model.outputs) if id(tensor) not in given
    ]
    while waiting:
        node, is_ready = waiting.pop()
        if id(node) in done:
            continue
        if is_ready:
            done.add(id(node))
            yield node
            continue
        waiting.append((node, True))
        waiting += [
            (_origin(tensor), False)
            for tensor in reversed(node.input_tensors)
            if id(tensor) not in given
        ]


def _origin(tensor: Any) -> Any:
    operation, call, _ = tensor._keras_history
    return operation._inbound_nodes[call]
