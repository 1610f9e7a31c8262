"""Reads a lab's `lab.py`: a percent file in which every code cell has one of three kinds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nablab.course import Lab
from nablab.errors import BadLab
from nablab.nbgrader_environment import spare_slow_imports
from nablab.numbering import numbered

PROSE, SETUP, EXERCISE, PICTURE = "prose", "setup", "exercise", "picture"
DISCUSSION = "discussion"  # of an exercise, for those who have solved it: not in the release
BEGIN, END, ONE_LINE = "### BEGIN SOLUTION", "### END SOLUTION", "### SOLUTION"


@dataclass(frozen=True)
class SourceCell:
    """One cell as its author wrote it."""

    kind: str
    source: str
    exercise: str = ""  # of an exercise's cell and of its discussion


def read_cells(lab: Lab) -> list[SourceCell]:
    """The cells of an authored lab; raises `BadLab` if a cell has none of the kinds, or if an
    exercise's cell is missing or duplicated."""
    spare_slow_imports()
    import jupytext

    path = lab.folder / "lab.py"
    if not path.is_file():
        raise BadLab(f"{lab.folder} has no lab.py.")
    source = numbered(path.read_text(encoding="utf-8"), lab.folder)
    notebook = jupytext.reads(source, fmt="py:percent")
    cells = [_cell(lab, path, cell) for cell in notebook.cells if cell.source.strip()]
    written = [cell.exercise for cell in cells if cell.kind == EXERCISE]
    declared = [exercise.id for exercise in lab.exercises]
    if written != declared:
        names = [lab.exercise(exercise_id).name for exercise_id in written]
        wanted = [exercise.name for exercise in lab.exercises]
        raise BadLab(f"{path} has the exercises {names}, but lab.toml declares {wanted}.")
    return cells


def _cell(lab: Lab, path: Path, cell: Any) -> SourceCell:
    if cell.cell_type != "code":
        if DISCUSSION in cell.metadata:
            exercise = lab.exercise(str(cell.metadata[DISCUSSION]))
            return SourceCell(DISCUSSION, cell.source, exercise.id)
        return SourceCell(PROSE, cell.source)
    tags = cell.metadata.get("tags", [])
    if "exercise" in cell.metadata:
        exercise = lab.exercise(str(cell.metadata["exercise"]))  # by its name
        if cell.source.count(BEGIN) != cell.source.count(END) or not (
            BEGIN in cell.source or ONE_LINE in cell.source
        ):
            raise BadLab(f"{path}: exercise {exercise.id} needs {BEGIN} … {END}, in pairs.")
        return SourceCell(EXERCISE, cell.source, exercise.id)
    for kind in (SETUP, PICTURE):
        if kind in tags:
            return SourceCell(kind, cell.source)
    first = cell.source.strip().splitlines()[0]
    raise BadLab(
        f"{path}: the code cell starting with `{first}` has no kind: "
        'mark it exercise="NAME", tags=["setup"] or tags=["picture"].'
    )
