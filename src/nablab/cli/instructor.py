"""The instructor's commands."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.prompt import Confirm
from rich.table import Table

from nablab.course import Course, Lab, find_course, list_labs
from nablab.errors import CourseNotFound, NablabError, NoSubmissions

if TYPE_CHECKING:
    from nablab.grading.records import Submission
    from nablab.grading.regrade import Change
    from nablab.grading.runners import Body, Task

console = Console(highlight=False)
TABLE_ROWS = 60


def grade(
    submissions: Path,
    course: Path | None,
    lab: str | None,
    out: Path | None,
    db: str | None,
    workers: int | None,
    unsafe_no_jail: bool,
    device: str = "cpu",
    dask: str | None = None,
    regrade: str | None = None,
    yes: bool = False,
    execute: bool = False,
) -> None:
    found = _course_with_suites(course)
    labs = [found.lab(lab)] if lab else _handed_in(submissions, found)
    for one in labs:
        order = Order(db, workers, unsafe_no_jail, device, dask, _asked(regrade, one), yes, execute)
        grade_lab(found, one, submissions, out or found.root, order)


@dataclass(frozen=True)
class Order:
    """How a lab is to be graded."""

    db: str | None = None  # the gradebook's URL; else one in the folder of results
    workers: int | None = None  # else one a core
    unsafe: bool = False
    device: str = "cpu"
    dask: str | None = None  # a scheduler's address
    regrade: list[str] | None = None  # these exercises, all if it is empty; None: what is not done
    yes: bool = False
    execute: bool = False  # run whole notebooks too, for their outputs


def grade_lab(
    course: Course, lab: Lab, submissions: Path, out: Path, order: Order = Order()
) -> list[dict[str, Any]]:
    """Grade one lab's submissions: journal, gradebook, feedback, report, and a table at the end."""
    from nablab.grading.gradebook import default_url, shown
    from nablab.grading.journal import Journal
    from nablab.grading.pipeline import course_secret
    from nablab.grading.session import Session

    course_secret(course)
    runner = _runner(course, lab, order)
    journal = Journal(out, lab)
    with journal.locked(), _progress() as progress:
        found = _submissions(submissions, lab, out)
        session = Session(
            course,
            lab,
            journal,
            order.db or default_url(out),
            runner,
            order.execute,
            told=lambda done, total: progress.update(bar, completed=done, total=total),
        )
        bar = progress.add_task(f"Grading {lab.id}", total=len(found))
        if order.regrade is None:
            records, before = session.grade(found)
            if before:
                console.print(
                    f"{before} of {len(found)} were graded before, and nothing has changed: "
                    "--regrade grades them again."
                )
        else:
            changes = session.regrade(found, order.regrade)
            progress.stop()
            _print_changes(changes)
            if not _agreed(order.yes):
                raise NablabError("Nothing was written. The same command shows this again at once.")
            records = session.write_regraded(found, order.regrade)
    page = _write_report(course, lab, out)
    _print_table(lab, records)
    console.print(f"Gradebook  {shown(order.db) if order.db else out / 'gradebook.db'}")
    console.print(f"Feedback   {out / 'feedback'}/STUDENT/{lab.id}.html")
    console.print(f"Report     {page}")
    if session.trouble:
        raise session.trouble
    return records


def _runner(course: Course, lab: Lab, order: Order) -> Callable[[list[Task], Body], None]:
    """What maps the grading of one submission over all: a cluster, or processes here."""
    if order.dask:
        from nablab.grading.cluster import grade_on_cluster, pack

        parcel = pack(course, lab, order.unsafe, order.device)
        return lambda tasks, body: grade_on_cluster(tasks, course, parcel, order.dask, body)
    from nablab.grading.runners import Job, grade_all
    from nablab.sandbox.engine import choose

    job = Job(course, lab, choose(order.unsafe, order.device))
    return lambda tasks, body: grade_all(tasks, job, order.workers or os.cpu_count() or 1, body)


def _asked(regrade: str | None, lab: Lab) -> list[str] | None:
    """The exercises to grade again: none of them by name means all."""
    if regrade is None or regrade == "all":
        return None if regrade is None else []
    return sorted({lab.exercise(name).id for name in regrade.split(",")})


def _agreed(yes: bool) -> bool:
    if yes:
        return True
    if not console.is_terminal:
        raise NablabError("Nothing was written: say --yes to write it, or run it in a terminal.")
    return Confirm.ask("Write these points?", console=console, default=False)


def _print_changes(changes: list[Change]) -> None:
    """Who loses and who gains by a regrade."""
    if not changes:
        console.print("Nobody gains and nobody loses a point.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("Student", "Before", "After", "Change"):
        table.add_column(name, justify="left" if name == "Student" else "right")
    table.add_column("Exercises")
    for change in changes:
        exercises = ", ".join(f"{name}: {old:g} → {new:g}" for name, old, new in change.exercises)
        table.add_row(
            change.student,
            f"{change.before:g}",
            f"{change.after:g}",
            f"{change.gain:+g}",
            exercises,
        )
    console.print(table)
    gained = sum(change.gain > 0 for change in changes)
    lost = sum(change.gain < 0 for change in changes)
    console.print(f"\n{gained} gain, {lost} lose.")


def report(lab: str, course: Path | None, out: Path | None) -> None:
    found = find_course(course)
    page = _write_report(found, found.lab(lab), out or found.root)
    console.print(f"Report     {page}")


def export(
    lab_id: str,
    to: str,
    template: Path | None,
    column: str | None,
    course: Path | None,
    out: Path | None,
    db: str | None,
) -> None:
    from nablab.grading.export import read_class, to_canvas, to_csv, to_moodle
    from nablab.grading.gradebook import default_url
    from nablab.grading.journal import Journal

    found = find_course(course)
    lab, out = found.lab(lab_id), out or found.root
    if to == "csv" and (template or column):
        raise NablabError("--template and --column are for --to canvas and --to moodle.")
    records = Journal(out, lab).records()
    states = {record["submission"]["student"]: record["state"] for record in records}
    one = read_class(db or default_url(out), found, lab, out, states)
    if to == "csv":
        done = to_csv(one)
    else:
        done = (to_canvas if to == "canvas" else to_moodle)(one, template, column)
    file = out / "export" / (f"{lab.id}.csv" if to == "csv" else f"{lab.id}-{to}.csv")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(done.text, encoding="utf-8", newline="")
    for note in done.notes:
        console.print(note, markup=False)
    console.print(f"Scores     {file}")


def demo(into: Path | None, course: Path | None, lab_id: str, count: int | None) -> None:
    from nablab.grading.samples import make_course

    origin = _course_with_suites(course)
    folder = into or Path(tempfile.mkdtemp(prefix="nablab-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise NablabError(f"{folder} is not empty: name a new folder with --into.")
    made, samples = make_course(origin, folder, lab_id, count)
    console.print(f"A course with {len(samples)} submissions was made in {folder}.\n")
    lab = made.lab(lab_id)
    records = grade_lab(made, lab, folder / "submitted", folder)
    scores = {record["submission"]["student"]: record for record in records}
    wrong = [
        f"{sample.student} got {scores[sample.student]['points']:g}, expected {sample.points:g}"
        for sample in samples
        if abs(scores[sample.student]["points"] - sample.points) > 0.005
        or scores[sample.student]["state"] != sample.state
    ]
    if wrong:
        raise NablabError(f"The demo did not come out as predicted: {'; '.join(wrong)}.")
    console.print(f"\nAll {len(samples)} came out as predicted. nbgrader reads the same gradebook:")
    console.print(f"  cd {folder / 'grader'} && nbgrader generate_feedback {lab.id}")


def _course_with_suites(course: Path | None) -> Course:
    found = find_course(course)
    if not (found.grader / "suites").is_dir():
        raise CourseNotFound(
            f"{found.root} has no hidden suites (grader/suites): grading needs the instructors' "
            "checkout; name it with --course."
        )
    return found


def _submissions(place: Path, lab: Lab, out: Path) -> list[Submission]:
    """What a folder or a learning platform's download holds for one lab."""
    from nablab.grading.lms import is_download, take_in
    from nablab.grading.submission import find_submissions

    if not is_download(place):
        return find_submissions(place, lab)
    taken = take_in(place, lab, out)
    if taken.strays:
        more = f" and {len(taken.strays) - 5} more" if len(taken.strays) > 5 else ""
        strays = ", ".join(taken.strays[:5])
        console.print(f"Nobody's, by their names: {strays}{more}.", markup=False)
    return taken.submissions


def _handed_in(submissions: Path, course: Course) -> list[Lab]:
    """The labs that a folder holds submissions for, or the one that a download is of."""
    from nablab.grading.lms import is_download, labs_named
    from nablab.grading.submission import entries_of

    if is_download(submissions):
        labs = list_labs(course.released)
        return [_lab_of_download(submissions, labs, labs_named(submissions, labs))]
    entries = entries_of(submissions)
    labs = list_labs(course.released)
    if len(labs) == 1:
        return labs
    found = [
        lab
        for lab in labs
        if any((entry / lab.id).is_dir() or entry.stem.endswith(lab.id) for entry in entries)
    ]
    if not found:
        names = ", ".join(lab.id for lab in labs)
        raise NoSubmissions(
            f"{submissions} does not say which lab it is for: name one with --lab ({names})."
        )
    return found


def _lab_of_download(place: Path, labs: list[Lab], named: list[Lab]) -> Lab:
    """A download is of one assignment, so of one lab, whatever a student may have mixed up."""
    if len(labs) == 1:
        return labs[0]
    if len(named) == 1:
        return named[0]
    says = "files of several labs are in it" if named else "no file in it has a lab's name"
    names = ", ".join(lab.id for lab in named or labs)
    raise NoSubmissions(f"Which lab is {place} for? Name it with --lab, for {says} ({names}).")


def _write_report(course: Course, lab: Lab, out: Path) -> Path:
    from nablab.grading.journal import Journal
    from nablab.grading.report import class_report
    from nablab.grading.sources import read_answers

    records = Journal(out, lab).records()
    if not records:
        raise NoSubmissions(f"Nothing is graded for {lab.id} in {out}: run `nablab grade` first.")
    page = out / "report" / f"{lab.id}.html"
    with console.status(f"Comparing answers and writing {page}"):
        graded = [one["submission"]["student"] for one in records if one["state"] == "graded"]
        answers = read_answers(out, lab, graded)
        return class_report(records, lab, course.title, page, answers=answers)


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        refresh_per_second=4,
        disable=not console.is_terminal,
    )


def _print_table(lab: Lab, records: list[dict[str, Any]]) -> None:
    if len(records) <= TABLE_ROWS:
        table = Table(box=None, pad_edge=False)
        table.add_column("Student")
        for exercise in lab.exercises:
            table.add_column(exercise.id, justify="right")
        table.add_column("Points", justify="right")
        table.add_column("State")
        for record in records:
            points = {score["exercise"]: score["points"] for score in record["exercises"]}
            cells = [
                f"{points[exercise.id]:g}" if exercise.id in points else "–"
                for exercise in lab.exercises
            ]
            table.add_row(
                record["submission"]["student"], *cells, f"{record['points']:g}", record["state"]
            )
        console.print(table)
    totals = [record["points"] for record in records if record["state"] == "graded"]
    states: dict[str, int] = {}
    for record in records:
        states[record["state"]] = states.get(record["state"], 0) + 1
    summary = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    median = (
        f" Their median is {statistics.median(totals):g} of {lab.points:g} points."
        if totals
        else ""
    )
    console.print(f"\n{len(records)} submissions: {summary}.{median}")
    faults = sorted({fault for record in records for fault in record["faults"]})
    for fault in faults:
        console.print(f"Fault of the suite, nobody was marked down: {fault}", style="bold red")
