"""The first check of every function: its parameters, what it returns, and what it leaves alone."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from nablab.checking.expect import (
    NOTHING,
    Mismatch,
    as_numbers,
    at,
    declared_parameters,
    first,
    is_array,
    shape_sentence,
    show,
)

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
MEMORY_RTOL = 1e-4
MEMORY_ATOL = 1e-5  # of the largest number that goes in or comes out


def contract(
    student: Any,
    name: str,
    *args: Any,
    shape: tuple[int, ...] | None = None,
    kind: str = "float",
    array: bool = False,
    params: tuple[str, ...] | None = None,
) -> Any:
    """The first check of every function: it exists, takes the arguments that the exercise names,
    returns the right kind and shape, has only finite values, and leaves its inputs unchanged. Then
    the same call with arrays that lie otherwise in memory, as a transposed one does: the result is
    the same, and they too stay as they are.

    Args:
        name: the student's function.
        args: the arguments of a valid call.
        shape: the shape of the array it must return; `()` for a number; None for anything else.
        kind: "float" (any real numbers), "int", or the name of a type: "str", "dict", "tuple".
        array: whether it must be a NumPy array, because later exercises compute with it.
        params: names of the leading parameters; by default those in `lab.toml`.
    """
    from nablab.sandbox.student import parameters

    found = parameters(student, name)
    wanted = params if params is not None else declared_parameters(student, name)
    if wanted is not None and found[: len(wanted)] != tuple(wanted):
        raise Mismatch(
            f"{name} takes ({', '.join(found)}); the exercise asks for ({', '.join(wanted)}), "
            "in this order.",
            got=", ".join(found),
            expected=", ".join(wanted),
        )
    got = left_alone(student, name, *args)
    if array:
        is_array(got, f"What {name} returned")
    if shape is not None:
        numbers = as_numbers(got, expected=NOTHING)
        if numbers.shape != tuple(shape):
            raise Mismatch(shape_sentence(numbers.shape, tuple(shape)), got=got)
        if kind == "int" and numbers.dtype.kind not in "iu":
            raise Mismatch(
                f"{name} should return whole numbers (int), but returned {numbers.dtype}.", got=got
            )
        if not np.isfinite(numbers).all():
            where = first(~np.isfinite(numbers))
            raise Mismatch(
                f"The result holds {numbers[where]} {at(where)}.".replace(" .", "."), got=got
            )
    elif kind != "float" and type(got).__name__ != kind:
        raise Mismatch(f"{name} should return a {kind}, but returned {show(got)}.", got=got)
    spread = [spread_out(value) for value in args]
    if any(other is not value for other, value in zip(spread, args, strict=True)) and all(
        map(_repeats, args)
    ):
        _same_in_any_memory_order(name, got, left_alone(student, name, *spread), args)
    return got


def left_alone(student: Any, name: str, *args: Any) -> Any:
    """What the student's function returns. It must leave its arguments as they were: arrays, and
    lists, tuples and dicts of values."""
    from nablab.sandbox.student import arguments_after_call, parameters

    got, after = arguments_after_call(student, name, *args)
    for position, (before, now) in enumerate(zip(args, after, strict=False)):
        if not _unchanged(before, now):
            names = parameters(student, name)
            many = position >= len(names)
            label = f"argument {position + 1}" if many else names[position]
            raise Mismatch(
                f"{name} changed its input {label}. Work on a copy: the caller still needs it.",
                got=now,
                expected=before,
            )
    return got


def _unchanged(before: Any, now: Any) -> bool:
    """Whether an argument came back as it went: an array, or a list, tuple or dict of values. What
    is no plain value, such as a model or a function, may change."""
    if isinstance(before, np.ndarray):
        return (
            isinstance(now, np.ndarray)
            and now.shape == before.shape
            and np.array_equal(now, before, equal_nan=before.dtype.kind in "fc")
        )
    if isinstance(before, (list, tuple)):
        return (
            isinstance(now, (list, tuple))
            and len(now) == len(before)
            and all(map(_unchanged, before, now))
        )
    if isinstance(before, dict):
        return (
            isinstance(now, dict)
            and now.keys() == before.keys()
            and all(_unchanged(before[key], now[key]) for key in before)
        )
    if isinstance(before, PLAIN):
        return bool(now == before or (now != now and before != before))  # NaN differs from itself
    return True


def spread_out(value: Any) -> Any:
    """The same numbers in another memory order, in every array: along the last axis, neighbours
    are apart in memory. Other values are returned themselves."""
    if isinstance(value, np.ndarray):
        other = np.repeat(value, 2)[::2] if value.ndim == 1 else np.asfortranarray(value)
        return value if other.flags.c_contiguous else other
    if type(value) in (list, tuple):
        others = [spread_out(item) for item in value]
        same = all(other is item for other, item in zip(others, value, strict=True))
        return value if same else type(value)(others)
    if type(value) is dict:
        entries = {key: spread_out(item) for key, item in value.items()}
        return value if all(entries[key] is value[key] for key in value) else entries
    return value


def _repeats(value: Any) -> bool:
    """Whether a second call with this argument must give the same: not with a generator, which
    draws on, and not with a model, which may have learned."""
    if isinstance(value, dict):
        return all(map(_repeats, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_repeats, value))
    return isinstance(value, (np.ndarray, FunctionType, *PLAIN))


def _same_in_any_memory_order(name: str, got: Any, again: Any, args: Any) -> None:
    ours, theirs = _arrays(got), _arrays(again)
    numbers = [np.abs(x[np.isfinite(x)]) for x in (*ours, *_arrays(args)) if x.size]
    atol = MEMORY_ATOL * max((float(x.max()) for x in numbers if x.size), default=0.0)
    same = len(ours) == len(theirs) and all(
        a.shape == b.shape and np.allclose(a, b, MEMORY_RTOL, atol, equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )
    if not same:
        raise Mismatch(
            f"{name} returns something else if its input has the same numbers in another memory "
            "order, as a transposed array has. There, reshape and ravel return copies, not views: "
            "what is written into them does not arrive.",
            got=again,
            expected=got,
        )


def _arrays(value: Any) -> list[np.ndarray]:
    """All numbers in a value, array by array."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)) and not all(isinstance(v, (int, float)) for v in value):
        return [array for item in value for array in _arrays(item)]
    if isinstance(value, (np.ndarray, np.generic, int, float, complex, list, tuple)):
        array = np.asarray(value)
        return [array] if array.dtype.kind in "biufc" else []
    return []
