"""How a class did, exercise by exercise and check by check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from statistics import mean, median, quantiles
from typing import Any

from nablab.checking.runner import FAULT, PASSED
from nablab.course import Exercise, Lab
from nablab.grading.pages.discrimination import discrimination, in_words

Record = dict[str, Any]  # records.Graded.to_json()
SHARES = (
    (1.0, "full points"),
    (0.75, "¾ or more"),
    (0.5, "half or more"),
    (1e-9, "less than half"),
    (0.0, "none"),
)


@dataclass
class Rate:
    """Who passed something, and what each student earned with everything else."""

    passed: list[bool] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)

    def add(self, passed: bool, rest: float) -> None:
        self.passed.append(passed)
        self.rest.append(round(rest, 6))  # sums of points differ in their last bits

    @property
    def judged(self) -> int:
        return len(self.passed)

    @property
    def share(self) -> float:
        return sum(self.passed) / self.judged if self.judged else 0.0

    @cached_property
    def discrimination(self) -> float | None:
        return discrimination(self.passed, self.rest)

    @property
    def remark(self) -> str:
        return in_words(self.discrimination, sum(self.passed), self.judged)


@dataclass
class CheckRate(Rate):
    """How one check went in the whole class."""

    title: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Spread:
    """How much time or memory an exercise took: median, 95th percentile and maximum."""

    middle: float
    high: float
    most: float

    @classmethod
    def of(cls, amounts: list[float]) -> Spread:
        high = quantiles(amounts, n=20, method="inclusive")[-1] if len(amounts) > 1 else amounts[0]
        return cls(median(amounts), high, max(amounts))


@dataclass
class ExerciseRates:
    """How one exercise went in the whole class. Full points count as passed."""

    exercise: Exercise
    full: Rate = field(default_factory=Rate)
    shares: list[float] = field(default_factory=list)
    checks: dict[tuple[bool, str], CheckRate] = field(default_factory=dict)
    runs: list[Record] = field(default_factory=list)

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

    @property
    def wall_s(self) -> Spread:
        return self._spread("wall_s")

    @property
    def cpu_s(self) -> Spread:
        return self._spread("cpu_s")

    @property
    def memory_mb(self) -> Spread:
        return self._spread("memory_mb")

    def _spread(self, amount: str) -> Spread:
        return Spread.of([run[amount] for run in self.runs])


def rates_of(graded: Iterable[Record], lab: Lab) -> list[ExerciseRates]:
    """The rates of every exercise of a lab, from the records of graded submissions."""
    rates = {exercise.id: ExerciseRates(exercise) for exercise in lab.exercises}
    for record in graded:
        for score in record["exercises"]:
            if score["exercise"] in rates:  # an older version of the lab had others
                _count(rates[score["exercise"]], score, record["points"])
    return list(rates.values())


def _count(rate: ExerciseRates, score: Record, total: float) -> None:
    share = score["points"] / score["out_of"] if score["out_of"] else 1.0
    rate.shares.append(share)
    rate.full.add(share >= 1, total - score["points"])
    rate.runs.append(score["run"])
    for outcome in score["run"]["outcomes"]:
        key = (outcome["hidden"], outcome["name"])
        fresh = CheckRate(title=outcome["title"], hidden=outcome["hidden"])
        check = rate.checks.setdefault(key, fresh)
        if outcome["state"] != FAULT:
            earned, _ = score["check_points"].get(outcome["name"], (0.0, 0.0))
            check.add(outcome["state"] == PASSED, total - earned)
