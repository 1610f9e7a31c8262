"""The marks that tie a check, a mutant or a variant to its exercise."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., None])

STAGES = ("contract", "hand", "probe", "property", "oracle")
"""The order in which visible checks run; the first failure stops the rest.

`contract`: it exists, has the right signature and returns the right kind of thing. `hand`: a case
small enough for paper. `probe` isolates one term. `property` holds for every input. `oracle`
compares with the reference. At grading all of them run, and each earns the same.
"""


@dataclass(frozen=True)
class Check:
    """What `@exercise` knows of one check."""

    exercise: str
    stage: str
    reveal: bool  # may the feedback show this hidden check's values?
    name: str
    title: str
    function: Callable[..., None]


def exercise(
    exercise_id: str, *, stage: str = "property", reveal: bool = False
) -> Callable[[Function], Function]:
    """Mark a test function as a check of `exercise_id`; its docstring's first line is what the
    student reads."""
    if stage not in STAGES:
        raise ValueError(f"stage {stage!r} is none of {', '.join(STAGES)}")

    def mark(function: Function) -> Function:
        title = (inspect.getdoc(function) or "").split("\n")[0]
        if not title:
            raise ValueError(f"{function.__name__} needs a docstring: students read its first line")
        check = Check(exercise_id, stage, reveal, function.__name__, title, function)
        function.nablab = check  # type: ignore[attr-defined]  # a mark of our own on a function
        return function

    return mark


def checks_in(module: ModuleType) -> list[Check]:
    """The checks of a module, in the order in which they are written."""
    found = (getattr(value, "nablab", None) for value in vars(module).values())
    return [check for check in found if isinstance(check, Check)]


@dataclass(frozen=True)
class Alternative:
    """Another answer to an exercise: a mutant, known to be wrong, or a variant, known to be
    right."""

    kind: str  # "mutant" or "variant"
    exercise: str
    name: str
    says: str  # a mutant's misconception in a teacher's words; a variant's style
    names: dict[str, Any]  # what it puts in place of the reference's names


def mutant(exercise_id: str, says: str, **names: Any) -> Any:
    """Declare a plausible wrong answer to an exercise, and what a teacher would say to its author.

    As a decorator, on a function named `<what is wrong>` that stands in for the exercise's first
    function, or as a plain call with the names it replaces:

        @mutant("1.2", "This is a true convolution: your filter is flipped.")
        def flipped_filter(img, filt): ...

        wrong_word = mutant("1.3", "Keras computes a correlation.", WHICH_DOES_KERAS="convolution")
    """
    return _alternative("mutant", exercise_id, says, names)


def variant(exercise_id: str, says: str = "", **names: Any) -> Any:
    """Declare a right answer in another style; used like `mutant`."""
    return _alternative("variant", exercise_id, says, names)


def _alternative(kind: str, exercise_id: str, says: str, names: dict[str, Any]) -> Any:
    """An `Alternative`, or a decorator that makes one of a function."""
    if names:
        return Alternative(kind, exercise_id, "", says, names)

    def mark(function: Callable[..., Any]) -> Alternative:
        return Alternative(kind, exercise_id, function.__name__, says, {"": function})

    return mark


def alternatives_in(module: ModuleType, main_name: Callable[[str], str]) -> list[Alternative]:
    """The mutants or variants of a module; `main_name` gives an exercise's first function."""
    found = []
    for name, value in vars(module).items():
        if isinstance(value, Alternative):
            names = {key or main_name(value.exercise): item for key, item in value.names.items()}
            found.append(Alternative(value.kind, value.exercise, name, value.says, names))
    return found
