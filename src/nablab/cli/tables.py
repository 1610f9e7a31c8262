"""What the instructor's commands print: tables, and a progress bar."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from nablab.cli.terminal import console
from nablab.course import Lab
from nablab.escaping import clean

if TYPE_CHECKING:
    from nablab.grading.intake.choice import Left
    from nablab.grading.run.regrade import Change

TABLE_ROWS = 60
LEFT_ROWS = 12


def progress() -> Progress:
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


def print_records(lab: Lab, records: list[dict[str, Any]]) -> None:
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
        f" Median of those graded: {statistics.median(totals):g} of {lab.points:g} points."
        if totals
        else ""
    )
    console.print(f"\n{len(records)} submissions: {summary}.{median}")
    _print_reasons([record for record in records if record["state"] != "graded"])
    _print_suspicious([record for record in records if record.get("suspicious")])
    faults = sorted({fault for record in records for fault in record["faults"]})
    for fault in faults:
        console.print(f"Fault of the suite, costs nobody a point: {fault}", style="bold red")


def _print_reasons(records: list[dict[str, Any]]) -> None:
    """Why submissions were not graded."""
    for record in records[:LEFT_ROWS]:
        student, state = record["submission"]["student"], record["state"]
        notes = dict.fromkeys((*record["submission"]["notes"], *record["notes"]))
        why = " ".join(" ".join(notes).split())
        console.print(f"  {student}, {state}: {why}", soft_wrap=True)
    if len(records) > LEFT_ROWS:
        console.print(f"  and {len(records) - LEFT_ROWS} more; the report lists all of them")


def _print_suspicious(records: list[dict[str, Any]]) -> None:
    """Suspicious things for a person to judge, one per line."""
    if records:
        console.print("For a person to judge (no effect on any score):")
    for record in records[:LEFT_ROWS]:
        for sentence in record["suspicious"][:LEFT_ROWS]:
            line = " ".join(clean(sentence).split())
            console.print(f"  {record['submission']['student']}: {line}", soft_wrap=True)
    if len(records) > LEFT_ROWS:
        console.print(f"  and {len(records) - LEFT_ROWS} more students; the report lists them all")


def print_left(left: list[Left], junk: int) -> None:
    """Which files were not graded, and why."""
    if left:
        what = "1 file or folder was" if len(left) == 1 else f"{len(left)} files or folders were"
        console.print(f"{what} not graded:")
    for one in left[:LEFT_ROWS]:
        console.print(f"  {one.place}: {one.why}", soft_wrap=True)
    if len(left) > LEFT_ROWS:
        console.print(f"  and {len(left) - LEFT_ROWS} more; the report lists all of them")
    if junk:
        plural = "" if junk == 1 else "s"
        console.print(f"Ignored: {junk} file{plural} left by a system (such as .DS_Store).")


def print_changes(changes: list[Change]) -> None:
    """Who loses and who gains points by a regrade."""
    if not changes:
        console.print("Nobody gains or loses a point.")
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
