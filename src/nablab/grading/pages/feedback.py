"""The feedback for students: one page per submission, and the card below each exercise in the
autograded notebook.

For a hidden check, students see the title, the points, the kind of failure and the diagnosis. They
see its inputs, values, message and traceback only if the check sets `reveal`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from markupsafe import Markup

from nablab.checking.explanation import Explanation
from nablab.checking.html import MARKS, number, state_of, templates
from nablab.checking.plain import explained_lines, wrapped
from nablab.checking.runner import FAILED, FAULT, PASSED, Outcome
from nablab.course import Lab
from nablab.escaping import clean
from nablab.grading.records import (
    FAULTY,
    GRADED,
    REFUSED,
    UNREADABLE,
    ExerciseScore,
    Graded,
    failures,
)

TEMPLATES = Path(__file__).parent / "templates"

KINDS = {
    "mismatch": "The result is not the expected one.",
    "error": "Your code raised an exception.",
    "unwritten": "Not written yet.",
    "missing": "A name that the exercise asks for is missing.",
    "time": "It took longer than is allowed.",
    "exit": "Your code ended its own process.",
    "limit": "It returned, or asked of the check, more than the grader allows.",
    "memory": "It needed more memory than is allowed.",
    "processes": "It started more processes than are allowed.",
    "protocol": "The result of your code could not be read.",
    "forbidden": "It uses a call that this exercise forbids.",
    "fault": "The check itself is at fault. It costs you nothing.",
}
"""What students may read about a hidden check's failure."""

WHAT_TO_DO = {
    UNREADABLE: "Open the notebook in Jupyter, run it from top to bottom, save it and hand in "
    "that file. If it does not open there either, start from a fresh copy of the lab "
    "and paste your cells into it.",
    REFUSED: "Your work is not at fault: the grader could not run it safely. Your instructor "
    "will grade it again.",
    FAULTY: "Your work is not at fault: the grader failed. Your instructor will grade it again.",
}


def shown(outcome: Outcome) -> bool:
    """Whether the student may see this check's values and messages."""
    return not outcome.hidden or bool(getattr(outcome, "reveal", False))


@dataclass(frozen=True)
class CheckLine:
    """One check with its points."""

    outcome: Outcome
    earned: float
    possible: float
    followed: bool = False  # failed at first, passed with the reference for earlier exercises

    @property
    def points(self) -> str:
        if not self.possible:
            return ""
        return f"{number(self.earned)} of {number(self.possible)}"

    @property
    def kind(self) -> str:
        """The kind of a failure that may not be explained further."""
        if self.outcome.state == FAULT:
            return KINDS["fault"]
        if self.outcome.state != FAILED or self.followed or shown(self.outcome):
            return ""
        return KINDS.get(self.outcome.kind, "It failed.")


@dataclass(frozen=True)
class Card:
    """An exercise's checks and their results, rendered as HTML and as plain text."""

    html: str
    text: str


NO_CARDS: Mapping[str, Card] = {}


@dataclass(frozen=True)
class Section:
    """One exercise as its student sees it."""

    score: ExerciseScore
    hints: tuple[str, ...] = ()
    card: Card | None = None  # the card of a score that is kept from an earlier run

    @property
    def anchor(self) -> str:
        return f"exercise-{self.score.exercise.replace('.', '-')}"

    @property
    def lost(self) -> bool:
        return self.score.points < self.score.out_of - 1e-9

    @property
    def share(self) -> float:
        out_of = self.score.out_of
        return min(max(self.score.points / out_of, 0.0), 1.0) if out_of else 1.0

    @cached_property
    def lines(self) -> list[CheckLine]:
        run = self.score.run
        again = {(o.name, o.hidden) for o in run.followed_through if o.state == PASSED}
        return [
            CheckLine(
                o,
                *self.score.check_points.get(o.name, (0.0, 0.0)),
                followed=o.state == FAILED and (o.name, o.hidden) in again,
            )
            for o in run.outcomes
        ]

    @property
    def folded(self) -> bool:
        """Whether full points and no failures make one line enough; the checks unfold from it."""
        run = self.score.run
        return not self.lost and bool(run.outcomes) and not failures(run.outcomes)

    @property
    def unwritten(self) -> bool:
        """Whether nothing was handed in for it, so that there is no failure to explain."""
        failed = failures(self.score.run.outcomes)
        return bool(failed) and failed[0].kind == "unwritten"

    @property
    def explained(self) -> Outcome | None:
        """The first failure that may be shown with its values and that an earlier exercise did not
        cause."""
        if self.unwritten:
            return None
        return next(
            (
                line.outcome
                for line in self.lines
                if line.outcome.state == FAILED and not line.followed and shown(line.outcome)
            ),
            None,
        )

    @property
    def explanation(self) -> Explanation | None:
        return Explanation(self.explained) if self.explained else None

    @property
    def follow_through(self) -> str:
        """The result with the reference instead of the functions of earlier exercises."""
        run = self.score.run
        if not run.followed_through:
            return ""
        names = _listed([f"your `{name}`" for name in run.mended]) or "your earlier exercises"
        return (
            f"This exercise builds on earlier ones, so it was judged again with the reference "
            f"instead of {names}: earned {number(self.score.points)} of "
            f"{number(self.score.out_of)}."
        )

    @property
    def hint(self) -> str:
        return self.hints[0] if self.lost and self.hints else ""

    @property
    def summary(self) -> str:
        """How many visible and how many hidden checks passed."""
        said = []
        for word, hidden in (("visible", False), ("hidden", True)):
            ran = [o for o in self.score.run.outcomes if o.hidden == hidden]
            if ran:
                passed = sum(o.state == PASSED for o in ran)
                plural = "" if len(ran) == 1 else "s"
                said.append(f"{passed} of {len(ran)} {word} check{plural} passed")
        return f"{' and '.join(said)}." if said else "No check ran."

    @cached_property
    def body(self) -> Markup:
        """Its checks and their results, for the page and for the grade cell."""
        if self.card:
            return Markup(self.card.html)
        return Markup(templates(TEMPLATES).get_template("exercise.html").render(section=self))

    @property
    def text(self) -> str:
        """The same in plain text."""
        return self.card.text if self.card else _text(self)


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def sections_of(graded: Graded, lab: Lab, cards: Mapping[str, Card] = NO_CARDS) -> list[Section]:
    """A section for each exercise; `cards` has those of the exercises whose scores are kept."""
    hints = {exercise.id: exercise.hints for exercise in lab.exercises}
    return [
        Section(score, hints.get(score.exercise, ()), cards.get(score.exercise))
        for score in graded.exercises
    ]


@lru_cache
def style() -> str:
    return (TEMPLATES / "style.css").read_text(encoding="utf-8")


def content_policy(script: str = "") -> str:
    """The content security policy of our pages: only their own styles and pictures and this script.
    Everything on a page is escaped; the policy protects even if something were not."""
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    scripts = f" script-src 'sha256-{allowed}';" if script else ""
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:;{scripts} "
        "base-uri 'none'; form-action 'none'"
    )


def feedback_page(graded: Graded, sections: list[Section], lab: Lab, course_title: str) -> str:
    """The self-contained page for one student: no script, and nothing is loaded."""
    return (
        templates(TEMPLATES)
        .get_template("feedback.html")
        .render(
            graded=graded,
            lab=lab,
            course_title=course_title,
            style=style(),
            policy=content_policy(),
            sections=sections,
            readable=graded.state == GRADED,
            what_to_do=WHAT_TO_DO.get(graded.state, ""),
            notes=list(dict.fromkeys([*graded.submission.notes, *graded.notes])),
        )
    )


def grade_cell_outputs(section: Section) -> tuple[str, str]:
    """The card below an exercise in the autograded notebook: (HTML, plain text)."""
    html = templates(TEMPLATES).get_template("grade_cell.html").render(section=section)
    return html, section.text


def _text(section: Section) -> str:
    score, run = section.score, section.score.run
    lines = wrapped(
        f"{score.exercise} {score.title}: {number(score.points)} of {number(score.out_of)} points"
    )
    for line in section.lines:
        end = f" [{'hidden, ' if line.outcome.hidden else ''}{line.points or 'no points'}]"
        lines += wrapped(line.outcome.title + end, f"  {MARKS[state_of(line.outcome)]} ", "    ")
        if line.kind:
            lines += wrapped(line.kind, "    ")
    if section.explanation:
        lines += [
            "",
            *wrapped(clean(section.explanation.outcome.title) + ":", "  "),
            *explained_lines(section.explanation),
        ]
    for label, said in (
        ("What happened: ", run.diagnosis),
        ("", section.follow_through),
        ("Hint: ", section.hint),
        *(("Note: ", note) for note in run.notes),
    ):
        if said:
            lines += ["", *wrapped(label + said, "  ")]
    lines += ["", *wrapped(section.summary, "  ")]
    return "\n".join(lines)
