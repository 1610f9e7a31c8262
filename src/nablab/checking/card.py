"""The card that `check("1.2")` shows: one line per check, an explanation of the first failure, and
which checks ran or will run at grading. It is HTML in a notebook and plain text in a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from nablab.checking.explanation import Explanation
from nablab.checking.html import MARKS, SAID, UNWRITTEN, state_of, templates
from nablab.checking.plain import explained_lines, wrapped
from nablab.checking.runner import FAILED, FAULT, PASSED, SKIPPED, Outcome
from nablab.course import Exercise, Limits
from nablab.escaping import clean


@dataclass(frozen=True)
class Pace:
    """How long the student's code took, compared with the time limits at grading."""

    slowest_call_s: float
    slowest_check_s: float
    limits: Limits

    @property
    def says(self) -> str:
        return (
            f"Your slowest call took {_seconds(self.slowest_call_s)}; "
            f"at grading a call may take {self.limits.call_s:g} s."
        )

    @property
    def warning(self) -> str:
        """Advice to make the code faster, once it takes more than half of a limit."""
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
        diagnosis: the misconception that was found, in a teacher's words.
        hidden_checks: how many hidden checks run at grading.
        predicted: the option that the student chose before running.
        pace: how long the student's code took.
    """
    return Card(exercise, tuple(outcomes), diagnosis, hidden_checks, predicted, pace)


@dataclass(frozen=True, repr=False)
class Card:
    """The result of one run as a person sees it: HTML in a notebook, text in a terminal."""

    exercise: Exercise
    outcomes: tuple[Outcome, ...]
    diagnosis: str = ""
    hidden_checks: int = 0
    predicted: str | None = None
    pace: Pace | None = None

    @property
    def first(self) -> Outcome | None:
        """The first check that ran and did not pass."""
        return next((o for o in self.outcomes if o.state in (FAILED, FAULT)), None)

    @property
    def mood(self) -> str:
        """The state of the card as a whole: passed, failed, unwritten or fault."""
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
        """A sentence about the whole card, when there is no failure to explain."""
        if self.mood == UNWRITTEN:
            return (
                "Nothing is wrong: this exercise is still waiting for your code. Write it in the "
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
        """One sentence that says which checks ran and which did not."""
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
        """The student's prediction compared with the result, once everything passes."""
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
            said = f"You predicted {_sentence(right)} You were right:"
        else:
            said = (
                f"You predicted {self.predicted}) {_sentence(asked.options[self.predicted])} "
                f"The answer is {right.rstrip('.')}:"
            )
        return f"{said} {asked.why}"

    def html(self) -> str:
        """A snippet for a notebook. It carries its own style, has no script and loads nothing."""
        return templates().get_template("card.html").render(card=self)

    def text(self) -> str:
        """The same as text for a terminal, at most 80 columns wide."""
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
