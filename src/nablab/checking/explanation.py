"""The parts of a failed check's explanation: the sentence, expected beside got, the inputs and the
student's own lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nablab.checking import picture, values
from nablab.checking.expect import NOTHING
from nablab.checking.runner import Outcome
from nablab.escaping import clean


@dataclass(frozen=True)
class Given:
    """One input of the check that failed, in words or drawn."""

    name: str
    value: Any

    @cached_property
    def picture(self) -> picture.Picture:
        if type(self.value) in (list, tuple) and len(self.value) <= 6:
            return picture.Picture("", self.words)  # sizes and shapes are easier to read as text
        return picture.one(self.value, clean(self.name, 60))

    @property
    def words(self) -> str:
        return values.in_words(self.value)


@dataclass(frozen=True)
class Explanation:
    """All parts of one failure. Pictures are drawn when they are first used."""

    outcome: Outcome

    @property
    def says(self) -> str:
        return clean(self.outcome.says)

    @cached_property
    def picture(self) -> picture.Picture:
        """Expected beside got, if both are arrays."""
        if self.outcome.got is NOTHING or self.outcome.expected is NOTHING:
            return picture.Picture("", "")
        return picture.compare(self.outcome.got, self.outcome.expected, self.outcome.where)

    @property
    def pair(self) -> list[tuple[str, str]]:
        """Expected and got in words, for when there is no picture of them."""
        both = (("expected", self.outcome.expected), ("yours", self.outcome.got))
        return [(name, values.in_words(value)) for name, value in both if value is not NOTHING]

    @cached_property
    def given(self) -> list[Given]:
        return [Given(str(name), value) for name, value in list(self.outcome.given.items())[:8]]

    @property
    def trace(self) -> list[str]:
        return [clean(line, 300) for line in self.outcome.trace]
