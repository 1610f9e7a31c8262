"""Answers requests against a namespace: the student's side of the boundary.

The same code runs in the jail's child, behind a socket, and in the student's notebook, without one.
So a check means the same in both places.
"""

from __future__ import annotations

import builtins
import inspect
import linecache
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from numpy.random import default_rng  # by name: a student may overwrite NumPy's

from nablab.sandbox import models, protocol

PACKAGE = str(Path(__file__).resolve().parent.parent)
LIBRARIES = (PACKAGE, sys.base_prefix, sys.prefix, "<frozen", "<__array_function__")
MESSAGE_LIMIT = 2000
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Server:
    """The namespace of one student, the objects that were sent as handles, and the callbacks."""

    def __init__(
        self,
        namespace: dict[str, Any],
        call_back: Callable[[int, tuple[Any, ...], dict[str, Any]], Any] | None = None,
        bounds: protocol.Bounds = protocol.DEFAULT_BOUNDS,
    ):
        self.namespace = namespace
        self.call_back = call_back
        self.bounds = bounds
        self.objects: dict[int, Any] = {}

    def answer(self, body: bytes) -> bytes:
        """Answer one request with one reply. An exception in the student's code is a reply too."""
        request = protocol.decode(body, self._unwrap, self.bounds)
        number = request.get("id")
        try:
            value = getattr(self, f"do_{request['op']}")(**request["with"])
            return protocol.encode({"id": number, "value": value}, self._wrap, self.bounds)
        except BaseException as error:  # SystemExit too: the student's code raised it, not ours
            return protocol.encode({"id": number, "error": describe(error)}, None, self.bounds)

    def do_get(self, name: str) -> Any:
        if name not in self.namespace:
            raise MissingName(name)
        return self.namespace[name]

    def do_attribute(self, of: Any, name: str) -> Any:
        return getattr(of, name)

    def do_item(self, of: Any, key: Any) -> Any:
        return of[key]

    def do_call(self, of: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return of(*args, **kwargs)

    def do_answer(self, of: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The answer of a function on this side that the other side calls back."""
        return models.as_answer(of, args, kwargs)

    def do_calls(self, of: Any, calls: list[Any]) -> Any:
        return [of(*args) for args in calls]

    def do_call_and_return_arguments(self, of: Any, args: tuple[Any, ...]) -> Any:
        return (of(*args), args)

    def do_parameters(self, of: Any) -> Any:
        if not callable(of):
            raise TypeError(f"it is a {type(of).__name__}, but a function was expected")
        return tuple(inspect.signature(of).parameters)

    def do_generator(self, seed: int) -> Any:
        return default_rng(seed)

    def do_put(self, names: dict[str, Any]) -> None:
        """Replace the student's names by values or callbacks."""
        self.namespace.update(names)

    def do_model(self, action: str, given: dict[str, Any]) -> Any:
        """Make, use or describe a Keras model: see `models`."""
        return models.ACTIONS[action](**given)

    def _wrap(self, value: Any) -> tuple[int, protocol.Remote]:
        number = len(self.objects) + 1
        if number > 10_000:
            raise protocol.NotAValue("more than 10,000 objects were handed out")
        self.objects[number] = value
        return protocol.HANDLE, protocol.Remote(number, type(value).__name__)

    def _unwrap(self, code: int, remote: protocol.Remote) -> Any:
        if code == protocol.HANDLE:
            return self.objects[remote.number]
        call_back = self.call_back
        if call_back is None:
            raise protocol.ProtocolError("there are no callbacks here")

        def far_function(*args: Any, **kwargs: Any) -> Any:
            args, kwargs, tensors = models.outlined(args, kwargs)
            return models.applied(call_back(remote.number, args, kwargs), tensors)

        return far_function


class MissingName(Exception):
    """The name is not in the student's namespace."""


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as plain text: its type's name, its message and the student's own lines."""
    try:
        message = str.__getitem__(str(error), slice(MESSAGE_LIMIT))
    except BaseException as failure:
        message = f"(its message cannot be read: {type(failure).__name__})"
    return {
        "type": _printable(type.__dict__["__name__"].__get__(type(error))[:200]),
        "message": _printable(message),
        "trace": [_printable(line) for line in student_lines(error.__traceback__)],
    }


def _printable(text: str) -> str:
    """Text without a terminal's colours and without lone surrogates, which UTF-8 cannot encode."""
    return COLOURS.sub("", text).encode("utf-8", "backslashreplace").decode()


def student_lines(trace: TracebackType | None, limit: int = 8) -> list[str]:
    """The student's own lines in a traceback, the innermost last."""
    lines = []
    while trace is not None:
        file, number = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if not file.startswith(LIBRARIES) and not file.endswith(".pyx"):  # .pyx: NumPy's own
            source = linecache.getline(file, number).strip()[:200]
            place = file.strip("<>") if file.startswith("<") else "this notebook"
            lines.append(f"{place}, line {number}: {source}")
        trace = trace.tb_next
    return lines[-limit:]


def raise_or_answer(answer: Any) -> Any:
    """A callback's answer on the student's side; raises an exception like its own if it failed."""
    if "error" not in answer:
        return answer
    kind = getattr(builtins, answer["error"]["type"], RuntimeError)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    raise kind(answer["error"]["message"])
