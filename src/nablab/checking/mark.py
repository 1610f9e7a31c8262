"""The decorators that mark checks, mutants and variants. The file's name gives their exercise:
`correlate_valid.py` belongs to the exercise called `correlate_valid` in `lab.toml`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., None])

STAGES = ("contract", "hand", "probe", "property", "oracle")
"""The order in which visible checks run; the first failure stops the rest.

`contract`: the function exists, has the right signature and returns the right kind of value.
`hand`: a case small enough to do on paper. `probe` isolates one term. `property` holds for every
input. `oracle` compares with the reference. At grading all checks run, and each earns the same.
"""
MUTANT, VARIANT = "mutant", "variant"


@dataclass(frozen=True)
class Check:
    """What `@check` records about one check."""

    exercise: str  # its id; known once the file is loaded as part of a lab
    stage: str
    reveal: bool  # whether the feedback may show this hidden check's values
    name: str
    title: str
    function: Callable[..., None]


def check(stage: str = "property", *, reveal: bool = False) -> Callable[[Function], Function]:
    """Mark a test function as a check. Students read the first line of its docstring."""
    if stage not in STAGES:
        raise ValueError(f"stage {stage!r} is not one of {', '.join(STAGES)}")

    def mark(function: Function) -> Function:
        title = (inspect.getdoc(function) or "").split("\n")[0]
        if not title:
            raise ValueError(f"{function.__name__} needs a docstring: students read its first line")
        found = Check("", stage, reveal, function.__name__, title, function)
        function.nablab = found  # type: ignore[attr-defined]  # our own mark on a function
        return function

    return mark


def checks_in(module: ModuleType, exercise_id: str) -> list[Check]:
    """The checks defined in a module, in order, tied to their exercise."""
    found = []
    for value in vars(module).values():
        mark = getattr(value, "nablab", None)
        if isinstance(mark, Check) and value.__module__ == module.__name__:
            value.nablab = replace(mark, exercise=exercise_id)
            found.append(value.nablab)
    return found


@dataclass(frozen=True)
class Alternative:
    """Another answer to an exercise: a mutant, known to be wrong, or a variant, known to be
    right."""

    kind: str  # MUTANT or VARIANT
    exercise: str  # its id; known once the file is loaded as part of a lab
    name: str
    says: str  # a mutant's misconception in a teacher's words; a variant's style
    names: dict[str, Any]  # the values that replace the reference's names


def mutant(says: str, **names: Any) -> Any:
    """Declare a plausible wrong answer, and what a teacher would say to its author.

    Use it as a decorator on a function that replaces the exercise's first function and is named
    after what is wrong. Or call it with the names that it replaces:

        @mutant("This is a true convolution: your filter is flipped.")
        def flipped_filter(img, filt): ...

        wrong_word = mutant("Keras computes a correlation.", WHICH_DOES_KERAS="convolution")
    """
    return _alternative(MUTANT, says, names)


def variant(says: str = "", **names: Any) -> Any:
    """Declare a right answer in another style. Use it like `mutant`."""
    return _alternative(VARIANT, says, names)


def _alternative(kind: str, says: str, names: dict[str, Any]) -> Any:
    """An `Alternative`, or a decorator that turns a function into one."""
    if names:
        return Alternative(kind, "", "", says, names)

    def mark(function: Callable[..., Any]) -> Alternative:
        return Alternative(kind, "", function.__name__, says, {"": function})

    return mark


def alternatives_in(
    module: ModuleType, kind: str, exercise_id: str, main_name: str
) -> list[Alternative]:
    """The mutants or the variants of a module. `main_name` is the exercise's first function."""
    return [
        Alternative(
            kind,
            exercise_id,
            name,
            value.says,
            {key or main_name: item for key, item in value.names.items()},
        )
        for name, value in vars(module).items()
        if isinstance(value, Alternative) and value.kind == kind
    ]
