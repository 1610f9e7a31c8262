"""The class report for an instructor: results exercise by exercise and check by check, how many
students share each misconception, and every submission that needs a look.

It is made from the journal's records and, to compare answers, from the judged notebooks. All of it
is static and needs neither a server nor a network:

report/LAB.html              the report, whole in one file
report/LAB/pair-….html       two students' answers that are alike, side by side
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean, quantiles
from urllib.parse import quote

from nablab.checking.html import number, templates
from nablab.course import Exercise, Lab
from nablab.escaping import clean
from nablab.grading.intake.choice import Left
from nablab.grading.intake.disk import write_whole
from nablab.grading.pages.feedback import TEMPLATES, content_policy, style
from nablab.grading.pages.histogram import histogram_svg
from nablab.grading.pages.rates import ExerciseRates, Record, rates_of
from nablab.grading.pages.similarity import FEWEST, Match, Pair, side_by_side, similar_pairs
from nablab.grading.pages.sources import Answers, released_answers
from nablab.grading.records import GRADED, STATES

SLOWEST = 10
PAIRS = 60  # the most conspicuous pairs of students with answers that are alike
LATE = "It was handed in late."  # a submission's note


def class_report(
    records: list[Record],
    lab: Lab,
    course_title: str,
    out: Path,
    *,
    feedback: str = "../feedback",
    answers: Answers | None = None,
    left: Sequence[Left] = (),
    junk: int = 0,
) -> Path:
    """Write the report on one lab and return its path.

    Args:
        records: the journal's records, one per submission.
        out: the HTML file to write; the pages of pairs go to the lab's folder beside it.
        feedback: the folder of the students' pages, relative to `out`.
        answers: what each student wrote for each exercise; without them none are compared.
        left: the files that were not graded, and why.
        junk: how many more files were left by a system.
    """
    answers = answers or {}
    released = released_answers(lab) if answers else {}
    pairs = tuple(similar_pairs(answers, released))
    report = Report(records, lab, feedback, answers, pairs, tuple(left), junk)
    pages = templates(TEMPLATES)
    shared = {"report": report, "lab": lab, "course_title": course_title, "style": style()}
    script = (TEMPLATES / "sort.js").read_text(encoding="utf-8")
    page = pages.get_template("report.html").render(
        GRADED=GRADED, fewest=FEWEST, script=script, policy=content_policy(script), **shared
    )
    write_whole(out, page)
    for old in (out.parent / lab.id).glob("pair-*.html"):
        old.unlink()  # from an earlier report
    for pair in report.pairs_shown:
        views = [
            (match, *side_by_side(*report.sources(match), released[match.exercise]))
            for match in pair.matches
        ]
        page = pages.get_template("pair.html").render(
            pair=pair, views=views, policy=content_policy(), **shared
        )
        write_whole(out.parent / report.pair_page(pair), page)
    return out


@dataclass(frozen=True)
class Misconception:
    """One known mistake and who made it."""

    exercise: str
    says: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Trouble:
    """What happened to one cell in some students' notebooks."""

    cell: str
    became: str  # "raised NameError"
    students: tuple[str, ...]


@dataclass(frozen=True)
class PredictionRates:
    """A class's predictions for one exercise."""

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
    answers: Answers
    pairs: tuple[Pair, ...] = ()
    left: tuple[Left, ...] = ()
    junk: int = 0

    @cached_property
    def graded(self) -> list[Record]:
        return [record for record in self.records if record["state"] == GRADED]

    @property
    def states(self) -> list[tuple[str, int]]:
        """How many submissions ended in each state: `graded` first, then the others that occur."""
        counts = Counter(record["state"] for record in self.records)
        others = [state for state in (*STATES, *sorted(set(counts) - set(STATES))) if counts[state]]
        return [
            (GRADED, counts[GRADED]),
            *((state, counts[state]) for state in others if state != GRADED),
        ]

    @property
    def faults(self) -> list[tuple[str, int]]:
        """The suite's own faults, and in how many submissions they occurred."""
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
        """Median, mean, middle half and range of the points."""
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
        """How many scores are in each tenth of the possible points, full points in the last."""
        counts = Counter(min(int(percent // 10), 9) for percent in self.percents)
        return [(f"{10 * i}–{10 * i + 10}", counts[i]) for i in range(10)]

    @property
    def histogram_svg(self) -> str:
        return histogram_svg(self.histogram)

    @cached_property
    def exercises(self) -> list[ExerciseRates]:
        return rates_of(self.graded, self.lab)

    @property
    def misconceptions(self) -> list[Misconception]:
        """The known mistakes that students made, the most widespread first."""
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
    def oddities(self) -> list[tuple[Record, list[str]]]:
        """Submissions that were not graded, and notes on notebooks that were."""
        found = []
        for record in self.records:
            said = [*record["submission"]["notes"], *record["notes"]]
            said += [f"{exercise}: {note}" for exercise, note in _notes(record)]
            said = [clean(note) for note in dict.fromkeys(said) if note != LATE]
            if said or record["state"] != GRADED:
                found.append((record, said))
        return sorted(
            found, key=lambda pair: (pair[0]["state"] == GRADED, pair[0]["submission"]["student"])
        )

    @property
    def trouble(self) -> list[Trouble]:
        """Cells that raised or were not run, the most common first."""
        found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for record in self.records:
            for score in record["exercises"]:
                for cell, became in score["run"].get("stopped", {}).values():
                    found[cell, clean(became)][record["submission"]["student"]] = None
        return sorted(
            (Trouble(*key, tuple(students)) for key, students in found.items()),
            key=lambda one: (-len(one.students), one.cell, one.became),
        )

    @property
    def behaviour(self) -> list[tuple[Record, list[str]]]:
        """Signs of code that may try to deceive the grader, one sentence each."""
        return [
            (record, [clean(sentence) for sentence in sentences])
            for record in self.records
            if (sentences := record.get("suspicious"))
        ]

    @property
    def dated(self) -> bool:
        return bool(self.late) or any(record["submission"]["timestamp"] for record in self.records)

    @property
    def late(self) -> int:
        return sum(map(self.is_late, self.records))

    @staticmethod
    def is_late(record: Record) -> bool:
        return LATE in record["submission"]["notes"]

    @property
    def pairs_shown(self) -> Sequence[Pair]:
        return self.pairs[:PAIRS]

    def sources(self, match: Match) -> tuple[str, str]:
        left, right = match.students
        return self.answers[match.exercise][left], self.answers[match.exercise][right]

    def pair_page(self, pair: Pair) -> str:
        """A pair's page, relative to the report. It is the same at every run."""
        mark = hashlib.sha256("\0".join(pair.students).encode()).hexdigest()[:12]
        return f"{self.lab.id}/pair-{mark}.html"

    def link_from_pair(self, student: str) -> str:
        """A feedback page, relative to a pair's page, which is one folder deeper."""
        return self.link(student) if "://" in self.feedback else f"../{self.link(student)}"

    def link(self, student: str) -> str:
        """A student's feedback page, relative to the report."""
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


def _notes(record: Record) -> list[tuple[str, str]]:
    """The notes on running the code of each exercise, each once, but for cells that stopped."""
    return [
        (score["exercise"], clean(note))
        for score in record["exercises"]
        for note in dict.fromkeys(score["run"]["notes"])
        if note not in score["run"].get("stopped", {})
    ]
