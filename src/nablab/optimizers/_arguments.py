"""Refuses what an optimizer or a schedule cannot work with: each error names the argument, what it
got, and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def learning_rate(owner: str, **arguments: Any) -> Any:
    """A number from 0 up, as the float that Keras wants; a schedule or a function as it is."""
    ((name, value),) = arguments.items()
    if callable(value):
        return value
    if not _is_number(value) or value < 0:
        raise ValueError(
            f"{owner}: {name} is {value!r}; give a number from 0 up, a schedule, or a function "
            "without arguments."
        )
    return float(value)


def share(owner: str, **arguments: float) -> None:
    """From 0 up to, not including, 1."""
    for name, value in arguments.items():
        if not _is_number(value) or not 0 <= value < 1:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number from 0 to below 1.")


def not_negative(owner: str, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value < 0:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number from 0 up.")


def positive(owner: str, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value <= 0:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number above 0.")


def steps(owner: str, **arguments: int) -> None:
    """Whole numbers above 0."""
    for name, value in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{owner}: {name} is {value!r}; give a whole number above 0.")


def one_of(owner: str, allowed: Iterable[Any], **arguments: Any) -> None:
    allowed = tuple(allowed)
    for name, value in arguments.items():
        if value not in allowed:
            choices = ", ".join(map(repr, allowed))
            raise ValueError(f"{owner}: {name} is {value!r}; give one of {choices}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
