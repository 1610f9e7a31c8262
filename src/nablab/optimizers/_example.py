"""What an optimizer's or a schedule's file says of it to the conformance tests.

A file of a class ends with its `EXAMPLES`, by name. For each of them every rule of
tests/optimizers/test_optimizers.py is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Example:
    """One way to make an optimizer, whose learning rate the tests give, or a schedule."""

    arguments: Mapping[str, Any]
    reference: Callable[..., Any]
    """Of an optimizer: (w, g, t, lr, *states) -> (w, *states), where t counts from 1 and `states`
    begin as zeros. Of a schedule: (t) -> learning rate, where t counts from 0."""
    states: int = 0
    """How many arrays of w's shape the reference carries from step to step."""
    keras: Callable[..., Any] | None = None
    """Makes Keras's own: of an optimizer, from the learning rate. None where Keras has none."""
    wrong: tuple[tuple[str, Any], ...] = ()
    """Arguments with values that must be refused by an error that names the argument."""
