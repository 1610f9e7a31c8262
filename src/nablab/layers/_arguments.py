"""Refuses what a layer cannot work with: each error names the argument or the input, what it got,
and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def positive(layer: str, **arguments: int) -> None:
    """Whole numbers above 0."""
    for name, value in arguments.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{layer}: {name} is {value!r}; give a whole number above 0.")


def one_of(layer: str, allowed: Iterable[Any], **arguments: Any) -> None:
    allowed = tuple(allowed)
    for name, value in arguments.items():
        if value not in allowed:
            choices = ", ".join(map(repr, allowed))
            raise ValueError(f"{layer}: {name} is {value!r}; give one of {choices}.")


def rate(layer: str, **arguments: float) -> None:
    """Shares that are dropped: from 0 up to, not including, 1."""
    for name, value in arguments.items():
        if not isinstance(value, int | float) or not 0 <= value < 1:
            raise ValueError(f"{layer}: {name} is {value!r}; give a share from 0 to below 1.")


def least(layer: str, bound: float, **arguments: float) -> None:
    """Real numbers from a bound up."""
    for name, value in arguments.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not value >= bound:
            raise ValueError(f"{layer}: {name} is {value!r}; give a number from {bound} up.")


def sizes(layer: str, rank: int, **arguments: Any) -> tuple[int, ...]:
    """One whole number above 0 for every axis, from one for all or a tuple of them."""
    ((name, value),) = arguments.items()
    taken = (value,) * rank if isinstance(value, int) else value
    if (
        not isinstance(taken, tuple | list)
        or len(taken) != rank
        or not all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in taken)
    ):
        one = f"{rank} of them" if rank > 1 else "a tuple of one"
        raise ValueError(f"{layer}: {name} is {value!r}; give a whole number above 0, or {one}.")
    return tuple(taken)


def shape(layer: str, got: tuple[int | None, ...], axes: str) -> None:
    """An input's rank, and that the last axis, the channels, is known. `axes` names them."""
    names = axes.strip("()").split(", ")
    fits = len(got) >= len(names) - 1 if "..." in names else len(got) == len(names)
    if not fits:
        raise ValueError(f"{layer}: the input has shape {tuple(got)}; expected axes {axes}.")
    if got[-1] is None:
        raise ValueError(f"{layer}: the input has shape {tuple(got)}; its last axis must be known.")
