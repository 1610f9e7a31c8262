"""What `check("1.2")` shows: one line a check, the first failure explained, what ran and what is
still to come. As HTML in a notebook, as plain text in a terminal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nablab.checking import picture, values
from nablab.checking.expect import NOTHING
from nablab.checking.plain import explained_lines, wrapped
from nablab.checking.runner import FAILED, FAULT, PASSED, SKIPPED, Outcome
from nablab.course import Exercise, Limits
from nablab.escaping import NO_MATHEMATICS, clean

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
UNWRITTEN = "unwritten"
MARKS = {PASSED: "✓", FAILED: "✗", SKIPPED: "–", FAULT: "!", UNWRITTEN: "○"}
SAID = {
    PASSED: "passed",
    FAILED: "failed",
    SKIPPED: "not run",
    FAULT: "could not judge",
    UNWRITTEN: "not written yet",
}


@lru_cache(maxsize=4)
def templates(*folders: Path) -> Environment:
    """The Jinja environment of these folders and the card's; everything that is put into a page
    is escaped, and cleaned of control characters first."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        finalize=lambda value: clean(value, 1 << 20) if type(value) is str else value,
    )
    environment.filters.update(clean=clean, number=number, prose=prose)
    environment.globals.update(MARKS=MARKS, SAID=SAID, state_of=state_of, css=_css)
    environment.globals.update(NO_MATHEMATICS=NO_MATHEMATICS)
    return environment


def prose(text: str) -> Markup:
    """A sentence as HTML: escaped, and what stands between backticks as code."""
    from markupsafe import Markup, escape

    parts = re.split(r"`([^`\n]+)`", clean(text))
    return Markup().join(
        Markup("<code>{}</code>").format(part) if number_ % 2 else escape(part)
        for number_, part in enumerate(parts)
    )


def state_of(outcome: Outcome) -> str:
    """An outcome's state for the eye: an answer that is not there yet has not failed."""
    return UNWRITTEN if outcome.state == FAILED and outcome.kind == UNWRITTEN else outcome.state


@lru_cache
def _css(path: Path = TEMPLATES / "card.css") -> str:
    return path.read_text(encoding="utf-8")


def number(value: float) -> str:
    """Points as people write them: `8`, `7.5`."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")


@dataclass(frozen=True)
class Given:
    """One input of the check that failed, in words or drawn."""

    name: str
    value: Any

    @cached_property
    def picture(self) -> picture.Picture:
        if type(self.value) in (list, tuple) and len(self.value) <= 6:
            return picture.Picture("", self.words)  # a size or a shape is read, not looked at
        return picture.one(self.value, clean(self.name, 60))

    @property
    def words(self) -> str:
        return values.in_words(self.value)


@dataclass(frozen=True)
class Explanation:
    """One failure in all its parts. Nothing is drawn before it is asked for."""

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
        """Expected and got in words, where there is no picture of them."""
        both = (("expected", self.outcome.expected), ("yours", self.outcome.got))
        return [(name, values.in_words(value)) for name, value in both if value is not NOTHING]

    @cached_property
    def given(self) -> list[Given]:
        return [Given(str(name), value) for name, value in list(self.outcome.given.items())[:8]]

    @property
    def trace(self) -> list[str]:
        return [clean(line, 300) for line in self.outcome.trace]


@dataclass(frozen=True)
class Pace:
    """How long the student's code took, beside the time that it has at grading."""

    slowest_call_s: float
    slowest_check_s: float
    limits: Limits

    @property
    def says(self) -> str:
        return (
            f"Your slowest call took {_seconds(self.slowest_call_s)}; "
            f"at grading a call has {self.limits.call_s:g} s."
        )

    @property
    def warning(self) -> str:
        """What to do, from half of a limit on."""
        for took, limit, what in (
            (self.slowest_call_s, self.limits.call_s, "One call of your code"),
            (self.slowest_check_s, self.limits.test_s, "The calls of one check together"),
        ):
            if took > limit:
                return (
                    f"{what} took {_seconds(took)}. At grading it is stopped after {limit:g} s, "
                    "and the check fails: make it faster."
                )
            if took > limit / 2:
                return (
                    f"{what} took {_seconds(took)}. At grading it is stopped after {limit:g} s, "
                    "and that machine may be slower than yours: make it faster."
                )
        return ""


def _seconds(took: float) -> str:
    return f"{took:.1f} s" if took >= 1 else f"{max(took, 0.01):.2f} s"


def card_for(
    exercise: Exercise,
    outcomes: Iterable[Outcome],
    *,
    diagnosis: str = "",
    hidden_checks: int = 0,
    predicted: str | None = None,
    pace: Pace | None = None,
) -> Card:
    """The card for one run of an exercise's visible checks.

    Args:
        diagnosis: the misconception found, in a teacher's words.
        hidden_checks: how many more run at grading.
        predicted: the option that the student chose before running.
        pace: how long the student's code took.
    """
    return Card(exercise, tuple(outcomes), diagnosis, hidden_checks, predicted, pace)


@dataclass(frozen=True, repr=False)
class Card:
    """What a person sees of one run; a notebook shows it as HTML, a terminal as text."""

    exercise: Exercise
    outcomes: tuple[Outcome, ...]
    diagnosis: str = ""
    hidden_checks: int = 0
    predicted: str | None = None
    pace: Pace | None = None

    @property
    def first(self) -> Outcome | None:
        """The first check that did not pass, of those that ran."""
        return next((o for o in self.outcomes if o.state in (FAILED, FAULT)), None)

    @property
    def mood(self) -> str:
        """What the card as a whole says: passed, failed, unwritten or fault."""
        if self.first is None:
            return PASSED
        return state_of(self.first)

    @property
    def headline(self) -> str:
        return {
            PASSED: "all visible checks pass" if self.outcomes else "nothing to check here",
            FAILED: "not right yet",
            UNWRITTEN: "not written yet",
            FAULT: "could not judge",
        }[self.mood]

    @cached_property
    def explanation(self) -> Explanation | None:
        return Explanation(self.first) if self.first and self.mood == FAILED else None

    @property
    def message(self) -> str:
        """What is said of the whole where no failure needs to be explained."""
        if self.mood == UNWRITTEN:
            return (
                "Nothing is wrong: this exercise still waits for your code. Write it in the "
                "cell above, run that cell, then run this one again."
            )
        if self.mood == FAULT and self.first:
            return f"{clean(self.first.says)} This costs you nothing. Please tell your instructor."
        return ""

    @property
    def next_step(self) -> str:
        if self.mood in (PASSED, FAULT) or not self.exercise.hints:
            return ""
        return f'hint("{self.exercise.id}") has a hint.'

    @property
    def footer(self) -> str:
        """What ran and what did not, in one true sentence."""
        count = Counter(state_of(outcome) for outcome in self.outcomes)
        total = len(self.outcomes)
        said = f"{count[PASSED]} of {total} visible check{'' if total == 1 else 's'} passed"
        if not total:
            said = "There are no visible checks"
        if self.mood == UNWRITTEN:
            said += ": there is nothing to check yet"
        else:
            said += "".join(
                f", {count[state]} {SAID[state]}"
                for state in (FAILED, FAULT, SKIPPED)
                if count[state]
            )
            if count[SKIPPED]:
                said += " after it"
        if self.hidden_checks:
            plural = self.hidden_checks != 1
            said += (
                f"; {self.hidden_checks} hidden check{'s' if plural else ''} "
                f"run{'' if plural else 's'} at grading"
            )
        if self.pace and self.mood != UNWRITTEN and not self.warning:
            return f"{said}. {self.pace.says}"
        return f"{said}."

    @property
    def warning(self) -> str:
        return self.pace.warning if self.pace else ""

    @property
    def prediction(self) -> str:
        """The prediction beside what came out, once everything passes."""
        asked = self.exercise.predict
        if (
            asked is None
            or self.predicted is None
            or self.mood != PASSED
            or self.predicted not in asked.options
        ):
            return ""
        right = f"{asked.answer}) {asked.options.get(asked.answer, '')}"
        if self.predicted == asked.answer:
            said = f"You predicted {_sentence(right)} And so it is:"
        else:
            said = (
                f"You predicted {self.predicted}) {_sentence(asked.options[self.predicted])} "
                f"It is {right.rstrip('.')}:"
            )
        return f"{said} {asked.why}"

    def html(self) -> str:
        """A snippet for a notebook: its own style, no script, nothing loaded from anywhere."""
        return templates().get_template("card.html").render(card=self)

    def text(self) -> str:
        """The same for a terminal, at most 80 columns wide."""
        lines = wrapped(f"{self.exercise.id} {self.exercise.title}: {self.headline}")
        for outcome in self.outcomes:
            lines += wrapped(outcome.title, f"  {MARKS[state_of(outcome)]} ", "    ")
        if self.explanation:
            lines += ["", *explained_lines(self.explanation)]
        if self.message:
            lines += ["", *wrapped(self.message, "  ")]
        for label, said in (
            ("What happened: ", self.diagnosis),
            ("Slow: ", self.warning),
            ("", self.prediction),
            ("Next: ", self.next_step),
        ):
            if said:
                lines += ["", *wrapped(label + said, "  ")]
        return "\n".join([*lines, "", *wrapped(self.footer, "  ")])

    def _repr_html_(self) -> str:
        return self.html()

    __repr__ = text


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
