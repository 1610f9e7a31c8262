"""The functions that checks of Keras models are written with.

A model stays where the student's code runs. A check sees a `Net`, which asks for values and never
imports Keras itself.

    net = models.model(student.build_lenet((20, 20, 1), 10))
    equal(net.output_shape, (None, 10))
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from nablab.checking.expect import Mismatch, show
from nablab.sandbox.student import Handle, Student


@dataclass(frozen=True)
class Weight:
    """One array of a model's weights."""

    path: str
    shape: tuple[int, ...]
    trainable: bool

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))


class Net:
    """A Keras model on the student's side. Its `handle` can be passed to the student's code."""

    def __init__(self, handle: Handle):
        self.handle = handle
        self._link = handle._link

    @cached_property
    def _facts(self) -> dict[str, Any]:
        found = self._ask("facts", model=self.handle)
        if not isinstance(found, dict) or found.get("is") != "model":
            what = found.get("is") if isinstance(found, dict) else show(found)
            raise Mismatch(f"It should return a Keras model, but returned a {what}.")
        return found

    @property
    def input_shape(self) -> Any:
        return self._facts["input_shape"]

    @property
    def output_shape(self) -> Any:
        return self._facts["output_shape"]

    @property
    def layers(self) -> list[dict[str, Any]]:
        """Keras's configuration of each layer, in order, with its `kind` (the class), `name` and
        `output_shape`. Nested models are taken apart."""
        return list(self._facts["layers"])

    @property
    def kinds(self) -> list[str]:
        return [layer["kind"] for layer in self.layers]

    @property
    def weights(self) -> list[Weight]:
        return [Weight(str(p), tuple(s), bool(t)) for p, s, t in self._facts["weights"]]

    @property
    def parameters(self) -> int:
        """The number of weights, trainable or not."""
        return sum(weight.size for weight in self.weights)

    @property
    def trainable(self) -> int:
        return sum(weight.size for weight in self.weights if weight.trainable)

    def get_weights(self) -> list[np.ndarray]:
        return list(self.handle.get_weights())

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.handle.set_weights([np.asarray(weight) for weight in weights])

    def __call__(self, *inputs: Any, training: bool = False) -> Any:
        """The model's output: an array, or a list of arrays if it has several outputs."""
        arrays = [np.asarray(x) for x in inputs]
        return self._ask("call", model=self.handle, inputs=arrays, training=training)

    def gradients(self, x: Any, y: Any) -> list[np.ndarray]:
        """The gradients of the mean cross-entropy from logits on labels y with respect to every
        trainable weight, in training mode."""
        x, y = np.asarray(x), np.asarray(y)
        return list(self._ask("gradients", model=self.handle, x=x, y=y))

    def _ask(self, action: str, **given: Any) -> Any:
        return self._link.request("model", action=action, given=given)

    def __repr__(self) -> str:
        return f"<Net {self._facts['input_shape']} -> {self._facts['output_shape']}>"


def model(got: Any) -> Net:
    """A student's returned value as a `Net`; a `Mismatch` if it is not a Keras model."""
    if not isinstance(got, Handle):
        raise Mismatch(f"It should return a Keras model, but returned {show(got)}.", got=got)
    net = Net(got)
    _ = net._facts
    return net


def functional(
    student: Student, name: str, shape: tuple[Any, ...], *args: Any, **kwargs: Any
) -> Net:
    """The model that a student's function of a Keras tensor makes from a new input:
    `functional(student, "residual_block", (20, 20, 8), 16, stride=2)`. The input's shape is given
    without the batch."""
    of = getattr(student, name)
    return Net(_made(student, "functional", of=of, shape=shape, args=args, kwargs=kwargs))


def sequential(
    student: Student,
    shape: tuple[Any, ...],
    layers: list[dict[str, Any]],
    weights: list[np.ndarray] | None = None,
    seed: int = 0,
) -> Net:
    """A model of Keras's layers, made on the student's side. Each layer is given as {"kind":
    "Dense", "units": 8, …}. The weights are drawn from `seed` unless they are given."""
    given = {"shape": shape, "layers": layers, "weights": weights, "seed": seed}
    return Net(_made(student, "sequential", **given))


def from_json(student: Student, config: str, weights: list[np.ndarray]) -> Net:
    """A model made on the student's side from its Keras configuration and its weights."""
    return Net(_made(student, "from_json", config=config, weights=weights))


def maker(
    student: Student,
    shape: tuple[Any, ...],
    layers: list[dict[str, Any]],
    optimizer: dict[str, Any],
    loss: str = "sparse_categorical_crossentropy_from_logits",
    seed: int = 0,
) -> Handle:
    """A function on the student's side, without arguments, that makes the same new model at each
    call. The model is compiled with an optimizer, {"kind": "SGD", "learning_rate": 0.1}, and a
    loss, "sparse_categorical_crossentropy_from_logits" or "mean_squared_error"."""
    given = {"shape": shape, "layers": layers, "optimizer": optimizer, "loss": loss, "seed": seed}
    return _made(student, "maker", **given)


def _made(student: Student, action: str, **given: Any) -> Handle:
    made: Handle = student._link.request("model", action=action, given=given)
    return made
