"""Checks of arguments and input shapes. An error names the owner and the argument, what it got and
what it expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def positive_int(owner: str, **arguments: Any) -> Any:
    """A positive integer, also one of NumPy, as an int; of several arguments a tuple of them."""
    return _each(owner, "a positive integer", _is_positive_int, int, arguments)


def positive(owner: str, **arguments: Any) -> Any:
    """A number above 0, also one of NumPy, as an int or a float."""
    return _each(owner, "a positive number", lambda v: _is_number(v) and v > 0, _plain, arguments)


def at_least(owner: str, bound: float, **arguments: Any) -> Any:
    def fits(value: Any) -> bool:
        return _is_number(value) and bool(value >= bound)

    return _each(owner, f"a number of at least {bound}", fits, _plain, arguments)


def fraction(owner: str, **arguments: Any) -> Any:
    """A number in [0, 1)."""

    def fits(value: Any) -> bool:
        return _is_number(value) and 0 <= value < 1

    return _each(owner, "a number of at least 0 and below 1", fits, _plain, arguments)


def true_or_false(owner: str, **arguments: Any) -> Any:
    return _each(owner, "True or False", lambda v: isinstance(v, bool | np.bool_), bool, arguments)


def one_of(owner: str, allowed: Iterable[Any], **arguments: Any) -> Any:
    """One of several values; of texts, in upper or lower case alike."""
    allowed = tuple(allowed)

    def fits(value: Any) -> bool:
        return any(type(value) is type(one) and value == one for one in map(_lower, allowed))

    choices = " or ".join(map(repr, allowed))
    taken = [_lower(value) for value in arguments.values()]
    for (name, value), low in zip(arguments.items(), taken, strict=True):
        if not fits(low):
            raise ValueError(f"{owner}: {name} is {value!r}; expected {choices}.")
    return taken[0] if len(taken) == 1 else tuple(taken)


def per_axis(owner: str, rank: int, **arguments: Any) -> tuple[int, ...]:
    """A positive integer for every spatial axis: from one for all of them, or from a tuple."""
    ((name, value),) = arguments.items()
    sizes = (value,) * rank if isinstance(value, int | np.integer) else value
    if (
        not isinstance(sizes, tuple | list)
        or len(sizes) != rank
        or not all(_is_positive_int(size) for size in sizes)
    ):
        raise ValueError(
            f"{owner}: {name} is {value!r}; expected a positive integer or a tuple of {rank}."
        )
    return tuple(map(int, sizes))


def seed(owner: str, **arguments: Any) -> Any:
    """An integer, also one of NumPy, as an int; or None."""
    expected = "an integer or None"
    return _each(owner, expected, lambda v: v is None or _is_integer(v), _plain, arguments)


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


def _each(
    owner: str,
    expected: str,
    fits: Callable[[Any], bool],
    plain: Callable[[Any], Any],
    arguments: dict[str, Any],
) -> Any:
    for name, value in arguments.items():
        if not fits(value):
            raise ValueError(f"{owner}: {name} is {value!r}; expected {expected}.")
    taken = [plain(value) for value in arguments.values()]
    return taken[0] if len(taken) == 1 else tuple(taken)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_positive_int(value: Any) -> bool:
    return _is_integer(value) and bool(value > 0)


def _is_number(value: Any) -> bool:
    is_one = isinstance(value, int | float | np.integer | np.floating)
    return is_one and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
