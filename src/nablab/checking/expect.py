"""The comparisons that checks are written with. Each failure is a `Mismatch` that explains itself.

Tolerance: `|got - expected| <= atol + rtol * max(|got|, |expected|)` with rtol = 1e-4 and
atol = 1e-6 times the root mean square of the expected values. A right answer in float32 passes.
Inputs are drawn so that every known wrong answer differs by far more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

NOTHING: Any = type("Nothing", (), {"__repr__": lambda self: "nothing"})()
RTOL = 1e-4
ATOL_OF_RMS = 1e-6
ROUNDING = 3e-6  # of the same sum without signs


class SuiteFault(Exception):
    """The check itself is wrong. Its author must fix it, and it costs no student any points."""


class Mismatch(AssertionError):
    """A check's failure with everything needed to explain it: a sentence and, if there are
    values, what was expected and what was returned."""

    def __init__(
        self,
        says: str,
        *,
        got: Any = NOTHING,
        expected: Any = NOTHING,
        where: tuple[int, ...] | None = None,
        given: dict[str, Any] | None = None,
    ):
        super().__init__(says)
        self.says = says
        self.got = got
        self.expected = expected
        self.where = where  # the index at which they first differ
        self.given = given or {}  # the inputs, by name


def rounding(of: Callable[..., Any], *arrays: Any) -> float:
    """How much two right sums of products may differ, as `atol` for `close`.

    Terms that cancel out still leave their rounding errors. In float32 these are about 1e-7 of the
    same sum without signs.

    Args:
        of: the function that sums, such as the reference's convolution.
        arrays: its arguments.
    """
    return ROUNDING * float(np.max(of(*(np.abs(np.asarray(array, float)) for array in arrays))))


def close(
    got: Any,
    expected: Any,
    says: str = "",
    *,
    given: dict[str, Any] | None = None,
    rtol: float = RTOL,
    atol: float | None = None,
    constant: bool = False,
) -> np.ndarray:
    """Pass if the numbers `got` equal `expected` within the tolerance above; return `got` as array.

    Args:
        got: the value that the student's code returned: an array, list, number or NumPy scalar.
        expected: the right answer. A constant one is refused, because zeros could pass a lazy
            check by luck, unless `constant=True` says that it is intended.
        says: a sentence put before the comparison's own, such as what the input isolates.
        given: the inputs, by name, shown with the failure.
    """
    expected = np.asarray(expected)
    if expected.dtype.kind not in "biufc" or not np.isfinite(expected).all():
        raise SuiteFault(f"the expected value is not an array of finite numbers: {expected!r}")
    if expected.size > 1 and not constant and np.ptp(expected) == 0:
        raise SuiteFault("the expected value is constant; pass constant=True if you intend that")

    def differ(what: str, where: tuple[int, ...] | None = None) -> Mismatch:
        return Mismatch(
            f"{says} {what}".strip(), got=numbers, expected=expected, where=where, given=given
        )

    numbers = as_numbers(got, says=says, expected=expected, given=given)
    if numbers.shape != expected.shape:
        raise differ(_shape_sentence(numbers.shape, expected.shape))
    if not np.isfinite(numbers).all():
        where = _first(~np.isfinite(numbers))
        raise differ(
            f"Got {numbers[where]} {_at(where)}where {_number(expected[where])} was expected.",
            where,
        )
    if atol is None:
        atol = (
            ATOL_OF_RMS
            * float(np.sqrt(np.mean(np.abs(expected.astype(complex)) ** 2, dtype=float)))
            if expected.size
            else 0.0
        )
    a, b = (
        x.astype(complex if "c" in (numbers.dtype.kind, expected.dtype.kind) else float)
        for x in (numbers, expected)
    )
    wrong = np.abs(a - b) > atol + rtol * np.maximum(np.abs(a), np.abs(b))
    if wrong.any():
        where = _first(wrong)
        count = int(np.count_nonzero(wrong))
        if numbers.size == 1:
            raise differ(
                f"Got {_number(numbers[where])}, expected {_number(expected[where])}.", where
            )
        share = f"All {numbers.size}" if count == numbers.size else f"{count} of {numbers.size}"
        raise differ(
            f"{share} numbers differ, first {_at(where)}with {_number(numbers[where])} instead of "
            f"{_number(expected[where])}.",
            where,
        )
    return numbers


def equal(got: Any, expected: Any, says: str = "", *, given: dict[str, Any] | None = None) -> Any:
    """Pass if `got` is exactly `expected`: a word, an integer, a tuple, a dict's keys.

    An integer may also be a NumPy integer or an array without axes. A tuple may be a list."""
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(expected, (int, np.integer)) and not isinstance(expected, bool):
        same = (
            isinstance(got, (int, np.integer))
            and not isinstance(got, bool)
            and int(got) == int(expected)
        )
    elif isinstance(expected, (list, tuple)):
        same = (
            isinstance(got, (list, tuple, np.ndarray))
            and len(got) == len(expected)
            and all(_same(a, b) for a, b in zip(got, expected, strict=True))
        )
    else:
        same = _same(got, expected)
    if not same:
        what = f"Got {show(got)}, expected {show(expected)}."
        raise Mismatch(f"{says} {what}".strip(), got=got, expected=expected, given=given)
    return got


def holds(
    condition: Any,
    says: str,
    *,
    got: Any = NOTHING,
    expected: Any = NOTHING,
    given: dict[str, Any] | None = None,
) -> None:
    """Pass if `condition` is true. If it is not, `says` is all that the student reads."""
    if not condition:
        raise Mismatch(says, got=got, expected=expected, given=given)


def refuses(call: Any, *args: Any, error: str = "ValueError", says: str = "") -> None:
    """Pass if `call(*args)` raises `error`, which is the name of a type."""
    from nablab.sandbox.student import StudentError

    given = {f"argument {number}": value for number, value in enumerate(args, 1)}
    try:
        got = call(*args)
    except StudentError as raised:
        if raised.type_name == error:
            return
        raise Mismatch(
            f"{says} It raised {raised.type_name} instead of {error}.".strip(), given=given
        ) from None
    raise Mismatch(
        f"{says} It should raise {error}, but returned {show(got)}.".strip(), got=got, given=given
    )


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
    returns the right kind and shape, has only finite values, and leaves its inputs unchanged.

    Args:
        name: the student's function.
        args: the arguments of a valid call.
        shape: the shape of the array it must return; `()` for a number; None for anything else.
        kind: "float" (any real numbers), "int", or the name of a type: "str", "dict", "tuple".
        array: whether it must be a NumPy array, because later exercises compute with it.
        params: names of the leading parameters; by default those in `lab.toml`.
    """
    from nablab.sandbox.student import arguments_after_call, parameters

    found = parameters(student, name)
    wanted = params if params is not None else declared_parameters(student, name)
    if wanted is not None and found[: len(wanted)] != tuple(wanted):
        raise Mismatch(
            f"{name} takes ({', '.join(found)}); the exercise asks for ({', '.join(wanted)}), "
            "in this order.",
            got=", ".join(found),
            expected=", ".join(wanted),
        )
    got, after = arguments_after_call(student, name, *args)
    for position, (before, now) in enumerate(zip(args, after, strict=False)):
        if not _unchanged(before, now):
            label = found[position] if position < len(found) else f"argument {position + 1}"
            raise Mismatch(
                f"{name} changed its input {label}. Work on a copy: the caller still needs it.",
                got=now,
                expected=before,
            )
    if array:
        is_array(got, f"What {name} returned")
    if shape is not None:
        numbers = as_numbers(got, expected=NOTHING)
        if numbers.shape != tuple(shape):
            raise Mismatch(_shape_sentence(numbers.shape, tuple(shape)), got=got)
        if kind == "int" and numbers.dtype.kind not in "iu":
            raise Mismatch(
                f"{name} should return whole numbers (int), but returned {numbers.dtype}.", got=got
            )
        if not np.isfinite(numbers).all():
            where = _first(~np.isfinite(numbers))
            raise Mismatch(
                f"The result holds {numbers[where]} {_at(where)}.".replace(" .", "."), got=got
            )
    elif kind != "float" and type(got).__name__ != kind:
        raise Mismatch(f"{name} should return a {kind}, but returned {show(got)}.", got=got)
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
    if isinstance(before, (bool, int, float, complex, str, bytes, type(None), np.generic)):
        return bool(now == before or (now != now and before != before))  # NaN differs from itself
    return True


def is_array(got: Any, what: str) -> None:
    """Pass unless `got` is a list or a tuple. Use it only for values that a later exercise computes
    with: `maps ** 2` on a list would fail there."""
    if isinstance(got, (list, tuple)):
        raise Mismatch(
            f"{what} is a {type(got).__name__}, but the exercise asks for a NumPy array, because "
            "later exercises compute with it: wrap it in `np.array(…)` before you return it.",
            got=got,
        )


def declared_parameters(student: Any, name: str) -> tuple[str, ...] | None:
    """The parameters that `lab.toml` lists for a function of the exercise."""
    return getattr(student, "_signatures", {}).get(name)


def as_numbers(
    got: Any, *, says: str = "", expected: Any = NOTHING, given: dict[str, Any] | None = None
) -> np.ndarray:
    """`got` as an array of real or complex numbers; otherwise a `Mismatch` that says what it is."""

    def refuse(what: str) -> Mismatch:
        return Mismatch(f"{says} {what}".strip(), got=got, expected=expected, given=given)

    if got is None:
        raise refuse("It returned None: is a `return` missing?")
    if isinstance(got, (str, bytes, dict)):
        raise refuse(f"It returned {show(got)}, but numbers were expected.")
    if holds_text(got):  # NumPy would make every item as wide as the longest
        raise refuse(f"It returned {show(got)}, which is not an array of numbers.")
    try:
        numbers = np.asarray(got)
    except ValueError:
        raise refuse("It returned a ragged list: its rows have different lengths.") from None
    if numbers.dtype.kind not in "biufc":
        raise refuse(f"It returned {show(got)}, which is not an array of numbers.")
    return numbers


def holds_text(value: Any) -> bool:
    """Is it text, or a list or tuple that contains text?"""
    if type(value) in (list, tuple):
        return any(map(holds_text, value))
    return isinstance(value, (str, bytes))


def show(value: Any, limit: int = 60) -> str:
    """A value as a short text to put into a sentence."""
    if isinstance(value, np.ndarray):
        if value.size <= 6:
            return np.array2string(value, precision=4, separator=", ").replace("\n", "")
        return f"an array of shape {value.shape}"
    try:
        text = _number(value) if isinstance(value, (float, np.floating)) else repr(_plain(value))
    except (ValueError, RecursionError):  # thousands of digits, or very deep nesting
        text = f"a {type(value).__name__} too large to show"
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _plain(value: Any) -> Any:
    """NumPy's numbers, also in a list or tuple, as Python's own, which are easier to read."""
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(_plain(item) for item in value)
    return value


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.generic):
        a = a.item()
    return type(a) in (type(b), int, float) and bool(a == b)


def _first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.argwhere(wrong)[0])


def _at(where: tuple[int, ...]) -> str:
    return f"at [{', '.join(map(str, where))}] " if where else ""


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, (float, complex, np.inexact)) else str(value)


def _shape_sentence(got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    said = f"The result has shape {got}, expected {expected}"
    if len(got) != len(expected):
        return f"{said}: {len(got)} axes where there should be {len(expected)}."
    if sorted(got) == sorted(expected):
        return f"{said}: the axes are in another order."
    if all(g == e + 1 for g, e in zip(got, expected, strict=True)):
        return f"{said}: one too many along every axis."
    if all(g == e - 1 for g, e in zip(got, expected, strict=True)):
        return f"{said}: one too few along every axis; is the last position missing?"
    return f"{said}."
