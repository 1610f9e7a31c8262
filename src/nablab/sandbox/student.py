"""The `student` that a check sees: the student's names, wherever their code runs.

`student.correlate_valid(img, filt)` sends the arguments as values and returns a value. An object
that is not a value stays where it is and is used through a `Handle`: `layer = student.GCN(8)`,
`layer(x)`, `layer.get_weights()`. An exception in the student's code becomes a `StudentError`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from nablab.sandbox import models, protocol
from nablab.sandbox.serve import Server, describe, raise_or_answer


class StudentError(Exception):
    """An exception in the student's code: its type's name, its message, the student's own lines."""

    def __init__(self, type_name: str, message: str, trace: tuple[str, ...] = ()):
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name = type_name
        self.message = message
        self.trace = trace


class ChildLost(Exception):
    """The process with the student's code has ended. `reason` says why: out of time, out of memory,
    its own doing, or a broken protocol."""

    def __init__(self, reason: str, says: str, starved: bool = False):
        super().__init__(says)
        self.reason = reason  # "time", "exit", "memory", "processes" or "protocol"
        self.says = says
        self.starved = starved  # out of time because other processes left it no CPU


class Link(Protocol):
    """A way to the student's side: sends one request and returns the value of its reply."""

    def request(self, op: str, **arguments: Any) -> Any: ...


class TimedLink(Link, Protocol):
    """A `Link` that also times its requests."""

    slowest_s: float  # how long the slowest request has taken


class Handle:
    """One of the student's objects, which stays where it is."""

    __slots__ = ("_link", "_remote")

    def __init__(self, link: Link, remote: protocol.Remote):
        self._link = link
        self._remote = remote

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._link.request("call", of=self, args=args, kwargs=kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.request("attribute", of=self, name=name)

    def __getitem__(self, key: Any) -> Any:
        return self._link.request("item", of=self, key=key)

    def __iter__(self) -> Any:
        raise TypeError(f"a handle to a {self._remote.type_name} cannot be looped over")

    def __repr__(self) -> str:
        return f"<the student's {self._remote.type_name}>"


class Student:
    """The student's names. A name that does not exist is a `StudentError`."""

    def __init__(self, link: TimedLink, signatures: Mapping[str, tuple[str, ...]] | None = None):
        self._link = link
        self._signatures = dict(signatures or {})
        self._handles: dict[str, Handle] = {}  # those already fetched
        self._answers: dict[bytes, Any] = {}  # results that `once` has fetched

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._handles:
            return self._handles[name]
        found = self._link.request("get", name=name)
        if isinstance(found, Handle):
            self._handles[name] = found
        return found

    def __repr__(self) -> str:
        return "<student>"


def each(student: Student, name: str, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
    """What a student's function returns for each tuple of arguments. All are sent as one call, so
    many small calls cost as much as one, and have the time limit of one."""
    of = getattr(student, name)
    return list(student._link.request("calls", of=of, calls=list(calls)))


def once(student: Student, name: str, *args: Any) -> Any:
    """What a student's function returns (or raises), called only once even if several checks need
    the result, such as a result of training."""
    key = protocol.encode([name, args], Callbacks().wrap)  # a handle is encoded as its number
    if key not in student._answers:
        try:
            student._answers[key] = getattr(student, name)(*args)
        except StudentError as error:
            student._answers[key] = error
    answer = student._answers[key]
    if isinstance(answer, StudentError):
        raise answer
    return answer


def generator(student: Student, seed: int) -> Any:
    """A numpy.random.Generator on the student's side, as an argument for the student's functions.
    It is made there because it is not a value and cannot be sent."""
    return student._link.request("generator", seed=int(seed))


def slowest_call(student: Student) -> float:
    """How long the slowest call of the student's code has taken so far, in seconds."""
    return student._link.slowest_s


def parameters(student: Student, name: str) -> tuple[str, ...]:
    """The names of the parameters of a student's function."""
    return tuple(student._link.request("parameters", of=getattr(student, name)))


def arguments_after_call(student: Student, name: str, *args: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a student's function returns, and its arguments as it left them."""
    of = getattr(student, name)
    result, after = student._link.request("call_and_return_arguments", of=of, args=args)
    return result, tuple(after)


def replace(student: Student, names: Mapping[str, Any]) -> None:
    """Replace the student's names by values, or by functions that are called back on this side."""
    student._link.request("put", names=dict(names))


class Callbacks:
    """Functions on this side that the other side may call, by number."""

    def __init__(self, link: Link | None = None) -> None:
        self.functions: dict[int, Any] = {}
        self.link = link  # only its handles may cross: a number means nothing to another process

    def wrap(self, value: Any) -> tuple[int, protocol.Remote]:
        if isinstance(value, Handle):
            if self.link is not None and value._link is not self.link:
                raise protocol.NotAValue("an object of another process may not cross")
            return protocol.HANDLE, value._remote
        if callable(value):
            number = len(self.functions) + 1
            self.functions[number] = value
            return protocol.CALLBACK, protocol.Remote(
                number, getattr(value, "__name__", "function")
            )
        raise protocol.NotAValue(f"a {type(value).__name__} may not cross to the student's side")

    def answer(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        function = self.functions[number]
        try:
            if hasattr(function, "answered"):  # the reference, in another process
                answered: dict[str, Any] = function.answered(args, kwargs)
                return answered
            return models.as_answer(function, args, kwargs)
        except Exception as error:
            return {"error": describe(error)}


def value_of(reply: Any) -> Any:
    """The value in a reply; raises the error if it has one."""
    if not isinstance(reply, dict):
        raise protocol.ProtocolError("a reply is a dict")
    if set(reply) == {"id", "value"}:
        return reply["value"]
    if set(reply) != {"id", "error"}:
        raise protocol.ProtocolError("a reply has a value or an error")
    error = reply["error"]
    if not isinstance(error, dict) or not all(
        isinstance(error.get(key), str) for key in ("type", "message")
    ):
        raise protocol.ProtocolError("an error has a type and a message")
    trace = error.get("trace")
    lines = (
        [line[:300] for line in trace if isinstance(line, str)][:8]
        if isinstance(trace, list)
        else []
    )
    raise StudentError(error["type"][:200], error["message"][:2000], tuple(lines))


class LocalLink:
    """The notebook's link: the student's namespace is in this same process. Values are encoded and
    decoded as for the jail. So a check cannot change the student's objects, and it means the same
    as at grading."""

    def __init__(self, namespace: dict[str, Any]):
        self.callbacks = Callbacks()
        self.server = Server(namespace, self._call_back)
        self.slowest_s = 0.0  # of all calls

    def request(self, op: str, **arguments: Any) -> Any:
        body = protocol.encode({"id": 0, "op": op, "with": arguments}, self.callbacks.wrap)
        begun = time.monotonic()
        reply = self.server.answer(body)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        return value_of(protocol.decode(reply, lambda code, remote: Handle(self, remote)))

    def _call_back(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, kwargs = protocol.decode(
            protocol.encode((args, kwargs), self.server._wrap),
            lambda code, remote: Handle(self, remote),
        )
        answer = self.callbacks.answer(number, args, kwargs)
        return raise_or_answer(
            protocol.decode(protocol.encode(answer, self.callbacks.wrap), self.server._unwrap)
        )
