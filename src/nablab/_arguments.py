"""Refuses what a layer, an optimizer or a schedule cannot work with: each error names its owner and
the argument or the input, what it got, and what is allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def whole(owner: str, **arguments: int) -> None:
    """Whole numbers above 0."""
    for name, value in arguments.items():
        if not _is_whole(value):
            raise ValueError(f"{owner}: {name} is {value!r}; give a whole number above 0.")


def above_zero(owner: str, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value <= 0:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number above 0.")


def at_least(owner: str, bound: float, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value < bound:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number from {bound} up.")


def share(owner: str, **arguments: float) -> None:
    """From 0 up to, not including, 1."""
    for name, value in arguments.items():
        if not _is_number(value) or not 0 <= value < 1:
            raise ValueError(f"{owner}: {name} is {value!r}; give a number from 0 to below 1.")


def one_of(owner: str, allowed: Iterable[Any], **arguments: Any) -> None:
    allowed = tuple(allowed)
    for name, value in arguments.items():
        if value not in allowed:
            choices = ", ".join(map(repr, allowed))
            raise ValueError(f"{owner}: {name} is {value!r}; give one of {choices}.")


def sizes(owner: str, rank: int, **arguments: Any) -> tuple[int, ...]:
    """One whole number above 0 for every axis, from one for all or a tuple of them."""
    ((name, value),) = arguments.items()
    taken = (value,) * rank if isinstance(value, int) else value
    if (
        not isinstance(taken, tuple | list)
        or len(taken) != rank
        or not all(_is_whole(n) for n in taken)
    ):
        one = f"{rank} of them" if rank > 1 else "a tuple of one"
        raise ValueError(f"{owner}: {name} is {value!r}; give a whole number above 0, or {one}.")
    return tuple(taken)


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


def shape(owner: str, got: tuple[int | None, ...], axes: str) -> None:
    """An input's rank, and that the last axis, the channels, is known. `axes` names them."""
    names = axes.strip("()").split(", ")
    fits = len(got) >= len(names) - 1 if "..." in names else len(got) == len(names)
    if not fits:
        raise ValueError(f"{owner}: the input has shape {tuple(got)}; expected axes {axes}.")
    if got[-1] is None:
        raise ValueError(f"{owner}: the input has shape {tuple(got)}; its last axis must be known.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
