"""Checks of arguments and input shapes. An error names the owner and the argument, what it got and
what it expected."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def positive_int(owner: str, **arguments: int) -> None:
    for name, value in arguments.items():
        if not _is_positive_int(value):
            raise ValueError(f"{owner}: {name} is {value!r}; expected a positive integer.")


def positive(owner: str, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value <= 0:
            raise ValueError(f"{owner}: {name} is {value!r}; expected a positive number.")


def at_least(owner: str, bound: float, **arguments: float) -> None:
    for name, value in arguments.items():
        if not _is_number(value) or value < bound:
            raise ValueError(
                f"{owner}: {name} is {value!r}; expected a number of at least {bound}."
            )


def fraction(owner: str, **arguments: float) -> None:
    """A number in [0, 1)."""
    for name, value in arguments.items():
        if not _is_number(value) or not 0 <= value < 1:
            raise ValueError(
                f"{owner}: {name} is {value!r}; expected a number of at least 0 and below 1."
            )


def one_of(owner: str, allowed: Iterable[Any], **arguments: Any) -> None:
    allowed = tuple(allowed)
    for name, value in arguments.items():
        if value not in allowed:
            choices = " or ".join(map(repr, allowed))
            raise ValueError(f"{owner}: {name} is {value!r}; expected {choices}.")


def per_axis(owner: str, rank: int, **arguments: Any) -> tuple[int, ...]:
    """A positive integer for every spatial axis: from one for all of them, or from a tuple."""
    ((name, value),) = arguments.items()
    sizes = (value,) * rank if isinstance(value, int) else value
    if (
        not isinstance(sizes, tuple | list)
        or len(sizes) != rank
        or not all(_is_positive_int(size) for size in sizes)
    ):
        raise ValueError(
            f"{owner}: {name} is {value!r}; expected a positive integer or a tuple of {rank}."
        )
    return tuple(sizes)


def learning_rate(owner: str, **arguments: Any) -> Any:
    """A number as the float that Keras wants; a schedule or a function unchanged."""
    ((name, value),) = arguments.items()
    if callable(value):
        return value
    if not _is_number(value) or value < 0:
        raise ValueError(
            f"{owner}: {name} is {value!r}; expected a number of at least 0, a schedule, or a "
            "function without arguments."
        )
    return float(value)


def shape(owner: str, got: tuple[int | None, ...], axes: str) -> None:
    """The rank of an input, and that the size of its last axis, the channels, is known."""
    names = axes.strip("()").split(", ")
    fits = len(got) >= len(names) - 1 if "..." in names else len(got) == len(names)
    if not fits:
        raise ValueError(f"{owner}: the input has shape {tuple(got)}; expected axes {axes}.")
    if got[-1] is None:
        raise ValueError(
            f"{owner}: the input has shape {tuple(got)}; the size of its last axis must be known."
        )


def _is_positive_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
