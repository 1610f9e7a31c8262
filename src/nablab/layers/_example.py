"""What a layer's file says of it to the conformance tests: how to make one and what to hold it to.

A file ends with its `EXAMPLES`, by name. For each of them every rule of
tests/conformance/test_layers.py is tested; what a layer cannot obey it declares here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Weights = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One input: its shape with the batch, and how it is filled."""

    shape: tuple[int, ...]
    kind: str = "normal"  # "normal", "positive", "integers" below `high`, "mask" or "graph"
    high: int = 0
    unknown: tuple[int, ...] = ()  # axes, besides the batch, that a model may leave open


@dataclass(frozen=True)
class Example:
    """One way to make a layer, and its declarations."""

    arguments: Mapping[str, Any]
    inputs: tuple[Input, ...]
    reference: Callable[..., Any]
    """(weights by name, *inputs) -> what nablab.reference computes, as float64."""
    call: Mapping[str, Any] = field(default_factory=dict)
    """Further arguments of the call: training=True where the reference is of training."""
    nest: Callable[..., tuple] = lambda *inputs: inputs
    """(*inputs) -> the call's first arguments, where it takes some of them as a list."""
    keras: Callable[[], Any] | None = None
    """Makes Keras's own layer of the same kind; None where Keras has none."""
    keras_errs: tuple[str, ...] = ()
    """Backends on which Keras's layer is known to compute something else; the file says what."""
    to_keras: Callable[[list], list] = list
    """Our weights in the order and form in which Keras's layer takes them."""
    wrong: tuple[tuple[str, Any], ...] = ()
    """Arguments with values that must be refused by an error that names the argument."""
    any_rank: bool = False  # works on inputs of every rank
    training: bool = False  # computes otherwise in training
    random: bool = False  # draws at random in training
    couples_batch: bool = False  # in training, one example's output depends on the others
    mask: str = ""  # "time": what a mask leaves out along axis 1 has no influence on the output
    differentiable: bool = True  # in its inputs, wherever they are real numbers
    tolerance: float = 1e-5  # relative to the largest number, in float32
