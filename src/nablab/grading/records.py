"""The records that the stages of grading pass to each other, in that order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from nablab.checking.runner import FAILED, FAULT, PASSED, Outcome

GRADED, UNREADABLE, REFUSED, FAULTY = "graded", "unreadable", "jail refused", "grader fault"
STATES = (GRADED, UNREADABLE, REFUSED, FAULTY)


@dataclass(frozen=True)
class Submission:
    """One file that one student handed in."""

    student: str
    lab: str
    path: Path
    timestamp: str | None = None  # as nbgrader's timestamp.txt gives it
    notes: tuple[str, ...] = ()  # on how it was handed in
    problem: str = ""  # why there is no file to grade, if that is known


@dataclass(frozen=True)
class Cell:
    """One code cell that is run for a submission, by the id that it is loaded under."""

    id: str  # the exercise's id, "setup", or "cell 9" for the ninth of the notebook
    source: str
    exercise: str | None = None  # the exercise whose answer this is
    trusted: bool = False  # from the lab, not from the submission
    defines: tuple[str, ...] = ()  # the exercises of which it defines a name
    picture: bool = False  # one of the lab's pictures: run only if a cell needs a name from it
    after: str = ""  # the lab's cell before it

    @property
    def says(self) -> str:
        """The cell as a sentence names it."""
        if self.trusted:
            return "a cell of the lab"
        if self.exercise:
            return f"the cell of exercise {self.exercise}"
        return f"your {self.id} (`{first_line(self.source)}`)"

    @property
    def owner(self) -> str:
        """Whose cell it is, in the class report: an exercise's, the lab's or the student's own."""
        return self.exercise or ("the lab's own" if self.trusted else "added by the student")

    @property
    def place(self) -> str:
        """The cell as an instructor finds it."""
        return self.says.removeprefix("your ")

    def is_judged_for(self, exercise_id: str) -> bool:
        """Whether it is part of the answer to an exercise, which may not use forbidden names."""
        return not self.trusted and (self.exercise == exercise_id or exercise_id in self.defines)


def first_line(source: str) -> str:
    """A cell's first line, so that a person can find the cell."""
    line = next((line.strip() for line in source.splitlines() if line.strip()), "")
    line = line.replace("`", "'")
    return line if len(line) <= 40 else f"{line[:39]}…"


@dataclass(frozen=True)
class Work:
    """The parts of a submission that are used: its cells in order, and notes about them."""

    submission: Submission
    cells: tuple[Cell, ...]
    ends: Mapping[str, int] = field(default_factory=dict)  # exercise -> how many cells run for it
    notes: tuple[str, ...] = ()
    predictions: Mapping[str, str] = field(default_factory=dict)
    suspicious: tuple[str, ...] = ()  # for a person to judge: it costs no points

    def cells_for(self, exercise_id: str) -> tuple[Cell, ...]:
        """The cells that "Run All" has run when it reaches an exercise's check."""
        return self.cells[: self.ends.get(exercise_id, len(self.cells))]


@dataclass(frozen=True)
class ExerciseRun:
    """The results of the checks of one exercise, before points."""

    exercise: str
    outcomes: tuple[Outcome, ...]
    diagnosis: str = ""  # the misconception found, in a teacher's words
    misconception: str = ""  # its mutant's name
    followed_through: tuple[Outcome, ...] = ()  # the same checks, with the reference for `mended`
    mended: tuple[str, ...] = ()  # the names that the reference replaced
    notes: tuple[str, ...] = ()  # cells that raised or were skipped, limits reached
    stopped: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # of the notes, those on
    # a cell that raised or was not run again: whose cell it is, and what became of it
    suspicious: tuple[str, ...] = ()  # for a person to judge: it costs no points
    wall_s: float = 0.0
    cpu_s: float = 0.0
    memory_mb: float = 0.0


@dataclass(frozen=True)
class ExerciseScore:
    """One exercise's points, check by check."""

    exercise: str
    title: str
    points: float
    out_of: float
    run: ExerciseRun
    check_points: Mapping[str, tuple[float, float]]  # check -> (earned, possible)


@dataclass(frozen=True)
class Graded:
    """The result of grading one submission."""

    submission: Submission
    state: str
    out_of: float
    exercises: tuple[ExerciseScore, ...] = ()
    notes: tuple[str, ...] = ()
    predictions: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""  # of the submitted file
    suite_version: str = ""  # of everything that judged it
    wall_s: float = 0.0
    starved: bool = False  # other processes left its code so little CPU that a call was stopped
    work: Work | None = None  # None if the submission could not be read

    @property
    def points(self) -> float:
        return round(sum(exercise.points for exercise in self.exercises), 2)

    @property
    def suspicious(self) -> tuple[str, ...]:
        """Suspicious things for a person to judge, one sentence each. Only certain facts are
        listed. They cost nobody a point, and the student does not see them."""
        found: dict[str, list[str]] = {}
        for score in self.exercises:
            for sentence in score.run.suspicious:
                found.setdefault(sentence, []).append(score.exercise)
        return (
            *(self.work.suspicious if self.work else ()),
            *(f"Exercise {', '.join(where)}: {sentence}" for sentence, where in found.items()),
        )

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults of the suite itself, which cost the student nothing."""
        return tuple(
            f"{score.exercise} {outcome.name}: {outcome.says}"
            for score in self.exercises
            for outcome in score.run.outcomes
            if outcome.state == FAULT
        )

    def to_json(self) -> dict[str, Any]:
        """The record that the journal keeps and the class report reads: all except the values."""
        record: dict[str, Any] = _plain(
            replace(self, work=None, exercises=tuple(map(_without_values, self.exercises)))
        )
        del record["work"]
        record["points"] = self.points
        record["suspicious"] = list(self.suspicious)
        record["faults"] = list(self.faults)
        record["submission"]["path"] = path_in_text(self.submission)
        return record


def path_in_text(submission: Submission) -> str:
    """The path as text, because a file's name may hold bytes that are not text."""
    return str(submission.path).encode("utf-8", "backslashreplace").decode()


def _without_values(score: ExerciseScore) -> ExerciseScore:
    run = score.run
    return replace(
        score,
        run=replace(
            run,
            outcomes=tuple(map(_bare, run.outcomes)),
            followed_through=tuple(map(_bare, run.followed_through)),
        ),
    )


def _plain(value: Any) -> Any:
    """Records as nested dictionaries and lists: `dataclasses.asdict` without its deep copies."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _bare(outcome: Outcome) -> Outcome:
    return replace(outcome, got=None, expected=None, given={}, where=None)


def score_of(record: Mapping[str, Any]) -> ExerciseScore:
    """An exercise's score from the journal's record: everything except the values."""
    run = dict(record["run"])
    for name in ("outcomes", "followed_through"):
        run[name] = tuple(
            _bare(Outcome(**{**outcome, "trace": tuple(outcome["trace"])})) for outcome in run[name]
        )
    for name in ("mended", "notes", "suspicious"):
        run[name] = tuple(run[name])
    run["stopped"] = {note: tuple(pair) for note, pair in run.get("stopped", {}).items()}
    points = {name: tuple(pair) for name, pair in record["check_points"].items()}
    return ExerciseScore(**{**record, "run": ExerciseRun(**run), "check_points": points})


def passed(outcomes: tuple[Outcome, ...]) -> int:
    return sum(outcome.state == PASSED for outcome in outcomes)


def failures(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.state in (FAILED, FAULT)]
