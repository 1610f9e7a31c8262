"""The `nablab` command. Commands import what they need when they run, so that help is quick."""

from __future__ import annotations

import os
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from nablab import __version__
from nablab.errors import NablabError
from nablab.escaping import clean

app = typer.Typer(
    name="nablab",
    help="Deep-learning labs with checks that explain.\n\n"
    "A student's first three commands: nablab labs, nablab start 1, nablab check 1.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
author = typer.Typer(
    help="Write labs: new, build, verify.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(author, name="author")


class Device(StrEnum):
    cpu = "cpu"
    gpu = "gpu"


class Target(StrEnum):
    csv = "csv"
    canvas = "canvas"
    moodle = "moodle"


EXERCISE = re.compile(r"\d+\.\d+(,\d+\.\d+)*")

CourseOption = Annotated[Optional[Path], typer.Option("--course", help="The course's folder.")]
LabArgument = Annotated[
    str, typer.Argument(metavar="LAB", help="A lab: 1, lab01 or lab01_filters.")
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nablab {__version__}")
        raise typer.Exit


@app.callback()
def main(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that come before any command."""


@app.command(rich_help_panel="Student")
def labs(course: CourseOption = None) -> None:
    """List the labs and how far you are in each."""
    from nablab.cli import student

    student.labs(course)


@app.command(rich_help_panel="Student")
def start(
    lab: LabArgument,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open JupyterLab.")
    ] = True,
    course: CourseOption = None,
) -> None:
    """Copy a lab into this folder and open it in JupyterLab."""
    from nablab.cli import student

    student.start(lab, browser, course)


@app.command(rich_help_panel="Student")
def check(
    lab: LabArgument,
    exercise: Annotated[
        Optional[str], typer.Argument(help="One exercise, such as 1.2. Default: all.")
    ] = None,
) -> None:
    """Run a lab's visible checks on the notebook file."""
    from nablab.cli import student

    student.check(lab, exercise)


@app.command(rich_help_panel="Student")
def hint(exercise: Annotated[str, typer.Argument(metavar="EXERCISE", help="Such as 1.2.")]) -> None:
    """Show the next hint of an exercise."""
    from nablab.cli import student

    student.hint(exercise)


@app.command(rich_help_panel="Student")
def pack(lab: LabArgument) -> None:
    """Write the one file to hand in."""
    from nablab.cli import student

    student.pack(lab)


@app.command(rich_help_panel="Student")
def doctor(course: CourseOption = None) -> None:
    """Show which versions and devices are here, and what is missing."""
    from nablab.cli import student

    student.doctor(course)


@app.command(rich_help_panel="Instructor")
def grade(
    submissions: Annotated[
        Path,
        typer.Argument(
            help="A folder of STUDENT/LAB/LAB.ipynb or of STUDENT.ipynb, or a learning platform's "
            "download of all submissions."
        ),
    ],
    course: CourseOption = None,
    lab: Annotated[
        Optional[str], typer.Option(help="One lab. Default: every lab found there.")
    ] = None,
    out: Annotated[
        Optional[Path], typer.Option(help="Where results go. Default: the course's folder.")
    ] = None,
    db: Annotated[
        Optional[str], typer.Option(help="The gradebook's URL. Default: gradebook.db there.")
    ] = None,
    workers: Annotated[
        Optional[int], typer.Option(min=1, help="Number of processes. Default: one per core.")
    ] = None,
    unsafe_no_jail: Annotated[
        bool,
        typer.Option(
            "--unsafe-no-jail", help="Run unknown code without a jail. Never for real work."
        ),
    ] = False,
    device: Annotated[Device, typer.Option(help="What the students' models run on.")] = Device.cpu,
    dask: Annotated[
        Optional[str], typer.Option(help="A Dask scheduler's address: grade on its workers.")
    ] = None,
    regrade: Annotated[
        Optional[str],
        typer.Option(
            metavar="[EXERCISE…]", help="Grade again, but first show who gains and who loses."
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write a regrade's points without asking.")
    ] = False,
    execute: Annotated[
        bool,
        typer.Option("--execute", help="Also run whole notebooks, for marking by hand."),
    ] = False,
) -> None:
    """Grade a folder or a download of submissions in the jail. Submissions that are graded and have
    not changed are skipped, so the same command resumes a run that was stopped."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # checks are small: threads only wait
    from nablab.cli import instructor

    instructor.grade(
        submissions,
        course,
        lab,
        out,
        db,
        workers,
        unsafe_no_jail,
        device.value,
        dask,
        regrade,
        yes,
        execute,
    )


@app.command(rich_help_panel="Instructor")
def report(
    lab: LabArgument,
    course: CourseOption = None,
    out: Annotated[
        Optional[Path], typer.Option(help="Where the results are. Default: the course's folder.")
    ] = None,
) -> None:
    """Write the class report again from what was graded."""
    from nablab.cli import instructor

    instructor.report(lab, course, out)


@app.command(rich_help_panel="Instructor")
def export(
    lab: LabArgument,
    to: Annotated[Target, typer.Option(help="What the file is for.")] = Target.csv,
    template: Annotated[
        Optional[Path],
        typer.Option(help="The table that Canvas or Moodle exported, to be filled in."),
    ] = None,
    column: Annotated[
        Optional[str],
        typer.Option(help="The lab's column in it, if its title does not name the lab."),
    ] = None,
    course: CourseOption = None,
    out: Annotated[
        Optional[Path], typer.Option(help="Where the results are. Default: the course's folder.")
    ] = None,
    db: Annotated[
        Optional[str], typer.Option(help="The gradebook's URL. Default: gradebook.db there.")
    ] = None,
) -> None:
    """Write the gradebook's scores of a lab for a spreadsheet, Canvas or Moodle."""
    from nablab.cli import instructor

    instructor.export(lab, to.value, template, column, course, out, db)


@app.command(rich_help_panel="Instructor")
def demo(
    into: Annotated[
        Optional[Path], typer.Option(help="The folder to make. Default: a temporary one.")
    ] = None,
    course: CourseOption = None,
    lab: Annotated[str, typer.Option(help="Which lab to grade.")] = "1",
    count: Annotated[
        Optional[int], typer.Option(min=1, help="How many students. Default: the lab's samples.")
    ] = None,
) -> None:
    """Grade a small made-up class for real, and show where the results are."""
    from nablab.cli import instructor

    instructor.demo(into, course, lab, count)


@author.command()
def new(
    topic: Annotated[str, typer.Argument(help="The lab's id, such as lab02_sizes.")],
    course: CourseOption = None,
) -> None:
    """Make the files of a new lab."""
    from nablab.cli import author as commands

    commands.new(topic, course)


@author.command()
def new_exercise(
    lab: Annotated[str, typer.Argument(help="The lab: 1, lab01, …")],
    name: Annotated[str, typer.Argument(help="The exercise's name, such as correlate_valid.")],
    course: CourseOption = None,
) -> None:
    """Add a working exercise to a lab, to be overwritten."""
    from nablab.cli import author as commands

    commands.new_exercise(lab, name, course)


@author.command()
def preview(
    lab: Annotated[str, typer.Argument(help="The lab: 1, lab01, …")],
    solved: Annotated[bool, typer.Option("--solved", help="Include the solutions.")] = False,
    browser: Annotated[
        bool, typer.Option(help="Start JupyterLab, or only build again on saving.")
    ] = True,
    course: CourseOption = None,
) -> None:
    """Show a lab in JupyterLab, and build it again whenever one of its files is saved."""
    from nablab.cli import author as commands

    commands.preview(lab, solved, browser, course)


@author.command()
def build(
    lab: Annotated[Optional[str], typer.Argument(help="One lab. Default: all.")] = None,
    course: CourseOption = None,
) -> None:
    """Build labs/ from solutions/."""
    from nablab.cli import author as commands

    commands.build(lab, course)


@author.command()
def verify(
    lab: Annotated[
        Optional[str], typer.Argument(help="One lab, or one exercise such as 1.2. Default: all.")
    ] = None,
    course: CourseOption = None,
    run: Annotated[
        bool, typer.Option("--run", help="Also run the solved notebook and time its cells.")
    ] = False,
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="Draws of inputs to prove the checks on.")
    ] = 3,
    all_anew: Annotated[
        bool, typer.Option("--all", help="Also prove again what the record says is proven.")
    ] = False,
) -> None:
    """Prove a lab: it is current and leaks nothing, and its checks tell right from wrong."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nablab.cli import author as commands

    commands.verify(lab, course, run, seeds, all_anew)


def _with_exercises(words: list[str]) -> list[str]:
    """`--regrade 1.2 1.3` as `--regrade=1.2,1.3`, and `--regrade` alone as `--regrade=all`, because
    an option takes exactly one value."""
    told: list[str] = []
    for word in words:
        if told and told[-1].startswith("--regrade=") and EXERCISE.fullmatch(word):
            name, _, before = told.pop().partition("=")
            word = f"{name}={word}" if before == "all" else f"{name}={before},{word}"
        told.append("--regrade=all" if word == "--regrade" else word)
    return told


def run() -> None:
    """The entry point: an error that the reader can fix is one sentence, not a traceback."""
    sys.argv[1:] = _with_exercises(sys.argv[1:])
    if "--debug" in sys.argv[1:]:
        app()
        return
    try:
        app()
    except NablabError as error:
        typer.echo(f"nablab: {clean(str(error))}", err=True)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("nablab: stopped.", err=True)
        raise SystemExit(130) from None


if __name__ == "__main__":
    run()
