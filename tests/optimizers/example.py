"""How the conformance tests make an optimizer or a schedule, and what they hold it to.

`tests/optimizers/examples/` has a file for each class, called like its own, with its `EXAMPLES` by
name. Every rule of tests/optimizers/test_optimizers.py is tested on each of them.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """One way to make an optimizer, without its learning rate, or a schedule."""

    arguments: Mapping[str, Any]
    reference: Callable[..., Any]
    """For an optimizer: (w, g, t, lr, *states) -> (w, *states), where t counts from 1 and `states`
    start at 0. For a schedule: (t) -> learning rate, where t counts from 0."""
    states: int = 0
    """The number of arrays of w's shape that the reference carries from step to step."""
    keras: Callable[..., Any] | None = None
    """Makes the one of Keras, an optimizer from its learning rate; None if there is none."""
    wrong: tuple[tuple[str, Any], ...] = ()
    """Arguments with values that must raise an error that names the argument."""


def examples_of(made: Any) -> dict[str, Example]:
    """The examples of an optimizer or a schedule, by name; none if it has no file of them."""
    file = inspect.getmodule(made).__name__.rpartition(".")[2]
    try:
        return importlib.import_module(f"{__package__}.examples.{file}").EXAMPLES
    except ModuleNotFoundError:
        return {}
