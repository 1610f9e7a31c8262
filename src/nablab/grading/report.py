"""The page an instructor reads after grading a class: how it went, exercise by exercise and check
by check, which misconceptions are shared by how many, and every submission that needs a look.

It is made from the journal's records alone: one static file that needs no server and no network.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import mean, quantiles
from typing import Any
from urllib.parse import quote

from nablab.checking import values
from nablab.checking.card import number, templates
from nablab.checking.runner import FAULT, PASSED
from nablab.course import Exercise, Lab
from nablab.grading.feedback import TEMPLATES, style
from nablab.grading.records import GRADED, STATES

Record = dict[str, Any]  # records.Graded.to_json()
SHARES = (
    (1.0, "full points"),
    (0.75, "¾ or more"),
    (0.5, "half or more"),
    (1e-9, "less than half"),
    (0.0, "none"),
)
SLOWEST = 10


def class_report(
    records: list[Record], lab: Lab, course_title: str, out: Path, *, feedback: str = "../feedback"
) -> Path:
    """Write the report on one lab and return its path.

    Args:
        records: the journal's, one a submission.
        out: the HTML file to write.
        feedback: the folder of the students' pages, as seen from `out`.
    """
    report = Report(records, lab, feedback)
    page = (
        templates(TEMPLATES)
        .get_template("report.html")
        .render(report=report, lab=lab, course_title=course_title, style=style(), GRADED=GRADED)
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    return out


@dataclass
class CheckRate:
    """How one check went in the whole class."""

    title: str
    hidden: bool
    passed: int = 0
    ran: int = 0

    @property
    def share(self) -> float:
        return self.passed / self.ran if self.ran else 0.0


@dataclass
class ExerciseRates:
    """How one exercise went in the whole class."""

    exercise: Exercise
    shares: list[float] = field(default_factory=list)
    checks: dict[tuple[bool, str], CheckRate] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        return mean(self.shares) if self.shares else 0.0

    @property
    def classes(self) -> list[tuple[str, int]]:
        """How many earned full points, three quarters or more, and so on down to none."""
        counts = Counter(
            next(word for bound, word in SHARES if share >= bound) for share in self.shares
        )
        return [(word, counts[word]) for _, word in SHARES]

    @property
    def in_words(self) -> str:
        return ", ".join(f"{count} {word}" for word, count in self.classes if count)


@dataclass(frozen=True)
class Misconception:
    """One known mistake and who made it."""

    exercise: str
    says: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class PredictionRates:
    """What a class predicted of one exercise before it ran."""

    exercise: Exercise
    counts: dict[str, int]  # option -> how many chose it

    @property
    def answered(self) -> int:
        return sum(self.counts.values())

    @property
    def right(self) -> float:
        asked = self.exercise.predict
        return self.counts.get(asked.answer, 0) / self.answered if asked and self.answered else 0.0


@dataclass(frozen=True)
class Report:
    """Everything that the page shows, counted."""

    records: list[Record]
    lab: Lab
    feedback: str

    @cached_property
    def graded(self) -> list[Record]:
        return [record for record in self.records if record["state"] == GRADED]

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many submissions ended in each state; `graded` first, the others if there are any."""
        counts = Counter(record["state"] for record in self.records)
        others = [state for state in (*STATES, *sorted(set(counts) - set(STATES))) if counts[state]]
        return [
            (GRADED, counts[GRADED]),
            *((state, counts[state]) for state in others if state != GRADED),
        ]

    @property
    def faults(self) -> list[tuple[str, int]]:
        """The suite's own faults, and for how many submissions they came up."""
        return Counter(
            fault for record in self.records for fault in set(record["faults"])
        ).most_common()

    @cached_property
    def percents(self) -> list[float]:
        return sorted(
            100 * record["points"] / record["out_of"] if record["out_of"] else 0.0
            for record in self.graded
        )

    @property
    def headline(self) -> list[tuple[str, str]]:
        """Mean, median and quartiles, in points of the lab's."""
        points = sorted(record["points"] for record in self.graded)
        if not points:
            return []
        low, middle, high = (
            quantiles(points, n=4, method="inclusive") if len(points) > 1 else points * 3
        )
        return [
            ("median", number(round(middle, 1))),
            ("mean", number(round(mean(points), 1))),
            ("middle half", f"{number(round(low, 1))} – {number(round(high, 1))}"),
            ("range", f"{number(round(points[0], 1))} – {number(round(points[-1], 1))}"),
        ]

    @property
    def histogram(self) -> list[tuple[str, int]]:
        """How many lie in each tenth of the possible points; the last one includes all of them."""
        counts = Counter(min(int(percent // 10), 9) for percent in self.percents)
        return [(f"{10 * i}–{10 * i + 10}", counts[i]) for i in range(10)]

    @property
    def histogram_svg(self) -> str:
        return histogram_svg(self.histogram)

    @cached_property
    def exercises(self) -> list[ExerciseRates]:
        rates = {exercise.id: ExerciseRates(exercise) for exercise in self.lab.exercises}
        for record in self.graded:
            for score in record["exercises"]:
                if (rate := rates.get(score["exercise"])) is None:
                    continue  # graded by an older version of the lab
                rate.shares.append(score["points"] / score["out_of"] if score["out_of"] else 1.0)
                for outcome in score["run"]["outcomes"]:
                    key = (outcome["hidden"], outcome["name"])
                    fresh = CheckRate(outcome["title"], outcome["hidden"])
                    check = rate.checks.setdefault(key, fresh)
                    check.ran += outcome["state"] != FAULT
                    check.passed += outcome["state"] == PASSED
        return list(rates.values())

    @property
    def misconceptions(self) -> list[Misconception]:
        """The known mistakes that were made, the most widespread first."""
        found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for student, score in self._scores():
            run = score["run"]
            if run["diagnosis"]:
                found[score["exercise"], run["misconception"], run["diagnosis"]].append(student)
        shared = [
            Misconception(exercise, says, tuple(sorted(students)))
            for (exercise, _, says), students in found.items()
        ]
        return sorted(shared, key=lambda one: (-len(one.students), one.exercise, one.says))

    @property
    def followed_through(self) -> list[tuple[str, Record]]:
        return [
            (student, score)
            for student, score in self._scores()
            if score["run"]["followed_through"]
        ]

    @property
    def predictions(self) -> list[PredictionRates]:
        found = []
        for exercise in self.lab.exercises:
            if exercise.predict:
                chosen = (record["predictions"].get(exercise.id) for record in self.graded)
                counts = Counter(option for option in chosen if option in exercise.predict.options)
                found.append(PredictionRates(exercise, dict(counts)))
        return found

    @property
    def slowest(self) -> list[tuple[str, Record]]:
        """The exercises that took longest to judge."""
        return sorted(self._scores(), key=lambda pair: -pair[1]["run"]["wall_s"])[:SLOWEST]

    @property
    def notes(self) -> list[tuple[Record, list[str]]]:
        """Submissions that were not graded or that something had to be said about."""
        found = []
        for record in self.records:
            said = [f"For a person to judge: {one}" for one in record.get("suspicious", ())]
            said += [*record["submission"]["notes"], *record["notes"]]
            said += [
                f"{score['exercise']}: {note}"
                for score in record["exercises"]
                for note in score["run"]["notes"]
            ]
            if said or record["state"] != GRADED:
                found.append((record, [values.clean(note) for note in dict.fromkeys(said)]))
        return sorted(
            found, key=lambda pair: (pair[0]["state"] == GRADED, pair[0]["submission"]["student"])
        )

    def link(self, student: str) -> str:
        """Where a student's feedback page lies."""
        return f"{self.feedback}/{quote(student, safe='')}/{quote(self.lab.id)}.html"

    def points_by_exercise(self, record: Record) -> list[Record | None]:
        by_id = {score["exercise"]: score for score in record["exercises"]}
        return [by_id.get(exercise.id) for exercise in self.lab.exercises]

    def _scores(self) -> list[tuple[str, Record]]:
        return [
            (record["submission"]["student"], score)
            for record in self.graded
            for score in record["exercises"]
        ]


def histogram_svg(bins: list[tuple[str, int]]) -> str:
    """A histogram of scores; its text alternative says every count."""
    wide, high, top, base = 460.0, 150.0, 26.0, 176.0
    most = max(count for _, count in bins) or 1
    step = wide / len(bins)
    body = ""
    for i, (_, count) in enumerate(bins):
        tall = high * count / most
        x = 10 + i * step
        body += (
            f'<rect x="{x + 3:g}" y="{base - tall:.1f}" width="{step - 6:g}" '
            f'height="{tall:.1f}" rx="3" fill="var(--accent)"/>'
        )
        if count:
            body += f'<text x="{x + step / 2:g}" y="{base - tall - 7:.1f}">{count}</text>'
    body += f'<path d="M10 {base + 0.5}H{wide + 10}" stroke="currentColor" stroke-opacity=".4"/>'
    ends = [int(name.split("–")[0]) for name, _ in bins] + [100]
    body += "".join(
        f'<text x="{10 + i * step:g}" y="{base + 20:g}">{end}</text>' for i, end in enumerate(ends)
    )
    said = "; ".join(f"{count} with {name} %" for name, count in bins if count) or "none yet"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="histogram" '
        f'viewBox="0 0 {wide + 28:g} {base + top:g}" aria-label="Histogram of scores: {said}">'
        f"<title>Histogram of scores</title><desc>Submissions by percent of the points: {said}."
        f'</desc><g fill="currentColor" font-size="13" text-anchor="middle">{body}</g></svg>'
    )
