"""The reference that student code may call, in a separate jailed process.

In follow-through marking a student's function calls the reference instead of an earlier exercise.
It may pass any arguments, even numbers that make the reference compute forever or fill the memory.
So the reference runs neither in the grader's process nor in the student's, but in a third one. That
one has the student's limits, sees nothing of the student's, and is replaced if it exceeds a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from nablab.course import Limits
from nablab.sandbox.host import Child, Jail
from nablab.sandbox.student import ChildLost, Handle, StudentError


class ReferenceProcess:
    """The reference of one lab: its cells in a child of a twin of the warm worker."""

    def __init__(
        self, jail: Jail, limits: Limits, cells: Iterable[str], reference: Mapping[str, Any]
    ):
        self.elder = jail
        self.limits = limits
        self.cells = [source for source in cells if source not in jail.setup]
        self.reference = reference
        self.child: Child | None = None
        self.functions: dict[str, Handle] = {}  # handles that this child gave before

    @cached_property
    def jail(self) -> Jail:
        return self.elder.twin()

    def named(self, name: str) -> Any:
        """One of the reference's names: a constant as it is, a function as something to call."""
        value = self.reference[name]
        return ReferenceFunction(self, name) if callable(value) else value

    def live_child(self) -> Child:
        """The child that holds the reference, or a new one if the last was lost."""
        if self.child is None or self.child.lost is not None:
            self.child, self.functions = self.jail.open(self.limits), {}
            for source in self.cells:
                self.child.request_within(
                    self.limits.cell_s, "cell", cell_id="reference", source=source
                )
        return self.child

    def function(self, name: str) -> Handle:
        child = self.live_child()
        if name not in self.functions:
            self.functions[name] = child.request("get", name=name)
        return self.functions[name]


class ReferenceFunction:
    """A function of the reference, or one that such a function returned."""

    def __init__(self, process: ReferenceProcess, name: str, handle: Handle | None = None):
        self.process = process
        self.__name__ = name
        self.handle = handle

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.answered(args, kwargs)["value"]

    def answered(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The answer of `models.as_answer` on the reference's side."""
        try:
            of = self.handle or self.process.function(self.__name__)
            child = self.process.live_child()
            answer: dict[str, Any] = child.request("answer", of=of, args=args, kwargs=kwargs)
        except StudentError as error:  # raised by the reference; the student's code may catch it
            return {"error": {"type": error.type_name, "message": error.message}}
        except ChildLost as lost:
            raise RuntimeError(
                f"The reference's {self.__name__} was stopped: {lost.says}"
            ) from None
        if isinstance(answer.get("value"), Handle):
            return {"value": ReferenceFunction(self.process, self.__name__, answer["value"])}
        return answer
