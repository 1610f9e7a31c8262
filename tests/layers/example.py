"""How the conformance tests make a layer, and what they hold it to.

`tests/layers/examples/` has a file for each layer, called like the layer's own, with its `EXAMPLES`
by name. Every rule of tests/conformance/test_layers.py is tested on each of them. An example
declares here which rules do not apply to it.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Weights = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One input: its shape including the batch, and how to fill it."""

    shape: tuple[int, ...]
    kind: str = "normal"  # "normal", "positive", "integers" below `high`, "mask" or "graph"
    high: int = 0
    unknown: tuple[int, ...] = ()  # axes besides the batch that a model may leave open


@dataclass(frozen=True)
class Example:
    """One way to make a layer, and its declarations."""

    arguments: Mapping[str, Any]
    inputs: tuple[Input, ...]
    reference: Callable[..., Any]
    """(weights by name, *inputs) -> the float64 result of nablab.reference."""
    call: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the call, such as training=True for a reference of training."""
    nest: Callable[..., tuple] = lambda *inputs: inputs
    """(*inputs) -> the first arguments of the call, if it takes some of them as a list."""
    keras: Callable[[], Any] | None = None
    """Makes the Keras layer of the same kind; None if there is none."""
    keras_errs: tuple[str, ...] = ()
    """Backends on which the Keras layer is known to be wrong; the file says how."""
    to_keras: Callable[[list], list] = list
    """Our weights in the order and form of the Keras layer."""
    wrong: tuple[tuple[str, Any], ...] = ()
    """Arguments with values that must raise an error that names the argument."""
    any_rank: bool = False  # takes inputs of any rank
    any_width: bool = False  # has weights, but takes another number of channels after it was built
    padded: bool = False  # the first input is a sequence (B, T, ...) that may be padded
    training: bool = False  # differs in training
    random: bool = False  # is random in training
    couples_batch: bool = False  # in training, the output for one example depends on the others
    mask: str = ""  # "time": steps masked along axis 1 have no influence on the output
    differentiable: bool = True  # with respect to its real inputs
    tolerance: float = 1e-5  # relative to the largest value, in float32


def examples_of(layer: type) -> dict[str, Example]:
    """A layer's examples, by name; none if it has no file of them."""
    try:
        module = importlib.import_module(f"{__package__}.examples.{file_of(layer)}")
    except ModuleNotFoundError:
        return {}
    return module.EXAMPLES


def file_of(layer: type) -> str:
    return inspect.getmodule(layer).__name__.rpartition(".")[2]
