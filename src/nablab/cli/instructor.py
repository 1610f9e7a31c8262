"""The instructor's commands."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.prompt import Confirm

from nablab.cli.handed_in import labs_of, submissions_of
from nablab.cli.tables import print_changes, print_records, progress
from nablab.cli.terminal import console
from nablab.course import Course, Lab, find_course
from nablab.errors import CourseNotFound, NablabError, NoSubmissions

if TYPE_CHECKING:
    from nablab.grading.run.runners import Body, Task


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
    labs = [found.lab(lab)] if lab else labs_of(submissions, found)
    for one in labs:
        order = Order(db, workers, unsafe_no_jail, device, dask, _asked(regrade, one), yes, execute)
        grade_lab(found, one, submissions, out or found.root, order)


@dataclass(frozen=True)
class Order:
    """How a lab is to be graded."""

    db: str | None = None  # the gradebook's URL; None: a file in the results folder
    workers: int | None = None  # None: one per core
    unsafe: bool = False
    device: str = "cpu"
    dask: str | None = None  # a scheduler's address
    regrade: list[str] | None = None  # these exercises; []: all; None: only what is not graded yet
    yes: bool = False
    execute: bool = False  # also run whole notebooks, for their outputs


def grade_lab(
    course: Course, lab: Lab, submissions: Path, out: Path, order: Order = Order()
) -> list[dict[str, Any]]:
    """Grade one lab's submissions: journal, gradebook, feedback, report, and a table at the end."""
    from nablab.grading.intake.disk import results_written

    with results_written(out):
        return _grade_lab(course, lab, submissions, out, order)


def _grade_lab(
    course: Course, lab: Lab, submissions: Path, out: Path, order: Order
) -> list[dict[str, Any]]:
    from nablab.grading.book.gradebook import default_url
    from nablab.grading.book.gradebook_schema import shown
    from nablab.grading.judge.lab_grader import course_secret
    from nablab.grading.run.journal import Journal
    from nablab.grading.run.session import Session

    course_secret(course)
    runner = _runner(course, lab, order)
    journal = Journal(out, lab)
    with journal.locked(), progress() as bars:
        found = submissions_of(submissions, lab, journal)
        session = Session(
            course,
            lab,
            journal,
            order.db or default_url(out),
            runner,
            order.execute,
            told=lambda done, total: bars.update(bar, completed=done, total=total),
        )
        bar = bars.add_task(f"Grading {lab.id}", total=len(found))
        if order.regrade is None:
            records, before = session.grade(found)
            if before:
                console.print(
                    f"{before} of {len(found)} were graded before and have not changed: "
                    "--regrade grades them again."
                )
        else:
            changes = session.regrade(found, order.regrade)
            bars.stop()
            print_changes(changes)
            if not _agreed(order.yes):
                raise NablabError("Nothing was written. Run the command again to see this table.")
            records = session.write_regraded(found, order.regrade)
    page = _write_report(course, lab, out)
    print_records(lab, records)
    console.print(f"Gradebook  {shown(order.db) if order.db else out / 'gradebook.db'}")
    console.print(f"Feedback   {out / 'feedback'}/STUDENT/{lab.id}.html")
    console.print(f"Report     {page}")
    if session.trouble:
        raise session.trouble
    return records


def _runner(course: Course, lab: Lab, order: Order) -> Callable[[list[Task], Body], None]:
    """A function that grades all submissions, on a cluster or in local processes."""
    if scheduler := order.dask:
        from nablab.grading.run.cluster import grade_on_cluster, pack

        parcel = pack(course, lab, order.unsafe, order.device)
        return lambda tasks, body: grade_on_cluster(tasks, course, parcel, scheduler, body)
    from nablab.grading.run.runners import Job, grade_all
    from nablab.sandbox.engine import choose

    job = Job(course, lab, choose(order.unsafe, order.device))
    return lambda tasks, body: grade_all(tasks, job, order.workers or os.cpu_count() or 1, body)


def _asked(regrade: str | None, lab: Lab) -> list[str] | None:
    """The exercises to grade again; an empty list means all of them."""
    if regrade is None or regrade == "all":
        return None if regrade is None else []
    return sorted({lab.exercise(name).id for name in regrade.split(",")})


def _agreed(yes: bool) -> bool:
    if yes:
        return True
    if not console.is_terminal:
        raise NablabError("Nothing was written: add --yes to write it, or run it in a terminal.")
    return Confirm.ask("Write these points?", console=console, default=False)


def report(lab: str, course: Path | None, out: Path | None) -> None:
    from nablab.grading.intake.disk import results_written

    found = find_course(course)
    out = out or found.root
    with results_written(out):
        page = _write_report(found, found.lab(lab), out)
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
    from nablab.grading.book.export import read_class, to_canvas, to_csv, to_moodle
    from nablab.grading.book.gradebook import default_url
    from nablab.grading.intake.disk import results_written, write_whole
    from nablab.grading.run.journal import Journal

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
    with results_written(out):
        write_whole(file, done.text)
    for note in done.notes:
        console.print(note)
    console.print(f"Scores     {file}")


def demo(into: Path | None, course: Path | None, lab_id: str, count: int | None) -> None:
    from nablab.grading.samples import make_course
    from nablab.nbgrader_environment import nbgrader_command

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
    line = nbgrader_command("generate_feedback", lab.id, folder=made.grader)
    console.print(f"  {line}", soft_wrap=True)


def _course_with_suites(course: Path | None) -> Course:
    found = find_course(course)
    if not (found.grader / "suites").is_dir():
        raise CourseNotFound(
            f"{found.root} has no hidden suites (grader/suites). Grading needs the instructors' "
            "checkout: name it with --course."
        )
    return found


def _write_report(course: Course, lab: Lab, out: Path) -> Path:
    from nablab.grading.pages.report import class_report
    from nablab.grading.pages.sources import read_answers
    from nablab.grading.run.journal import Journal

    journal = Journal(out, lab)
    records = journal.records()
    if not records:
        raise NoSubmissions(f"Nothing is graded for {lab.id} in {out}: run `nablab grade` first.")
    page = out / "report" / f"{lab.id}.html"
    with console.status(f"Comparing answers and writing {page}"):
        graded = [one["submission"]["student"] for one in records if one["state"] == "graded"]
        answers = read_answers(out, lab, graded)
        left, junk = journal.left()
        return class_report(records, lab, course.title, page, answers=answers, left=left, junk=junk)
