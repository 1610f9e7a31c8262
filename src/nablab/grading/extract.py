"""Takes the student's own cells out of a submitted notebook.

Only sources are read from it: of the solution cells, found by exercise, and of code cells that the
student added. Setup cells come from the lab. Ids that are doubled, missing or moved, and cells of
the wrong type, are put right where the answer is plain; every repair is noted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nablab.course import Exercise, Lab
from nablab.errors import UnreadableSubmission
from nablab.grading.records import Cell, Submission, Work

LARGEST_SOURCE = 200_000
PREDICTION = re.compile(
    r"""^\s*predict\(\s*["']([\d.]+)["']\s*,\s*["'](.{0,20}?)["']\s*\)""", re.MULTILINE
)


@dataclass(frozen=True)
class Released:
    """The lab's own notebook: what is trusted."""

    cells: tuple[dict[str, Any], ...]

    @property
    def ids(self) -> set[str]:
        return {cell["id"] for cell in self.cells}

    def first_setup(self, lab: Lab) -> tuple[str, ...]:
        """The setup cells before the first exercise: they can be run once for everybody."""
        sources = []
        for cell in self.cells:
            if cell["id"] == lab.exercises[0].solution_cell:
                break
            if "setup" in cell["tags"]:
                sources.append(cell["source"])
        return tuple(sources)

    def source(self, cell_id: str) -> str:
        return next((cell["source"] for cell in self.cells if cell["id"] == cell_id), "")


def released_notebook(path: Path) -> Released:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return Released(
        tuple(
            {
                "id": cell["metadata"].get("nbgrader", {}).get("grade_id") or cell["id"],
                "source": "".join(cell["source"]),
                "tags": cell["metadata"].get("tags", []),
            }
            for cell in cells
        )
    )


def extract(notebook: dict[str, Any], submission: Submission, lab: Lab, released: Released) -> Work:
    """The submission's cells in the order in which they are to be run."""
    exercises = {exercise.solution_cell: exercise for exercise in lab.exercises}
    if not any(cell["id"] in released.ids for cell in notebook["cells"]) and not any(
        _defines(cell["source"], exercise)
        for cell in notebook["cells"]
        for exercise in lab.exercises
    ):
        raise UnreadableSubmission(
            f"This is no notebook of {lab.id}: none of its cells are in it. "
            "Was another file handed in?"
        )
    notes: list[str] = list(submission.notes)
    own: list[tuple[int, str, str]] = []  # (position, solution cell's id or "", source)
    for position, cell in enumerate(notebook["cells"]):
        known = cell["id"] in exercises
        if known and not cell["code"]:
            notes.append(
                f"The cell of exercise {exercises[cell['id']].id} had been turned into text; "
                "it was read as code."
            )
        if known or (cell["code"] and cell["id"] not in released.ids):
            own.append((position, cell["id"] if known else "", cell["source"][:LARGEST_SOURCE]))
    own = _without_doubles(own, exercises, released, notes)
    own = _moved_back(own, lab, released, notes)
    return Work(
        submission,
        tuple(_in_order(own, lab, released)),
        tuple(notes),
        _predictions(notebook, lab),
        tuple(_tampered_with(notebook, lab, released)),
    )


def _tampered_with(notebook: dict[str, Any], lab: Lab, released: Released) -> Iterator[str]:
    """What was changed in the grade cells, which count for nothing as they are handed in."""
    grade_cells = {exercise.grade_cell: exercise for exercise in lab.exercises}
    for cell in notebook["cells"]:
        exercise = grade_cells.get(cell["id"])
        if exercise is None:
            continue
        if _code(cell["source"]) != _code(released.source(cell["id"])):
            yield f"The check cell of exercise {exercise.id} was changed; the lab's own counted."
        points = notebook.get("points", {}).get(cell["id"])
        if isinstance(points, (int, float)) and points != exercise.points:
            yield (
                f"The notebook says that exercise {exercise.id} is worth {str(points)[:20]} "
                f"points; the lab's own {exercise.points:g} counted."
            )


def _code(source: str) -> str:
    """A cell's source without its layout and its notes."""
    return "".join(re.sub(r"#.*", "", source).split())


def _without_doubles(
    own: list, exercises: dict[str, Exercise], released: Released, notes: list[str]
) -> list:
    """Of several cells with one id the last that was worked on counts; the others are kept as
    cells of the student's own, so that what they define is still there."""
    counts = Counter(cell_id for _, cell_id, _ in own if cell_id)
    for cell_id in (cell_id for cell_id, count in counts.items() if count > 1):
        cells = [cell for cell in own if cell[1] == cell_id]
        worked = [
            cell for cell in cells if cell[2].strip() != released.source(cell_id).strip()
        ] or cells[-1:]
        chosen = worked[-1]
        own = [
            (position, "", source)
            if found == cell_id
            and (position, found, source) != chosen
            and (position, found, source) in worked
            else (position, found, source)
            for position, found, source in own
            if found != cell_id or (position, found, source) in worked
        ]
        notes.append(
            f"The cell of exercise {exercises[cell_id].id} was there {counts[cell_id]} times; "
            "the last one that was worked on counts."
        )
    return own


def _moved_back(own: list, lab: Lab, released: Released, notes: list[str]) -> list:
    """An exercise whose cell is missing or defines none of its names is answered by the one other
    cell that does, if there is exactly one and no other exercise needs it."""

    def answered(exercise: Exercise) -> bool:
        return any(
            cell_id == exercise.solution_cell and _defines(source, exercise)
            for _, cell_id, source in own
        )

    unanswered = [exercise for exercise in lab.exercises if not answered(exercise)]
    needed = {exercise.solution_cell for exercise in lab.exercises if answered(exercise)}
    moves: dict[int, str] = {}
    for exercise in unanswered:
        candidates = [
            position
            for position, cell_id, source in own
            if cell_id not in needed and _defines(source, exercise)
        ]
        present = any(cell_id == exercise.solution_cell for _, cell_id, _ in own)
        if len(candidates) == 1:
            moves[candidates[0]] = exercise.solution_cell
            notes.append(f"The answer to exercise {exercise.id} was found in another cell.")
        elif not present:
            notes.append(f"The cell of exercise {exercise.id} is missing.")
    taken = set(moves.values())
    return [
        (position, moves.get(position, "" if cell_id in taken else cell_id), source)
        for position, cell_id, source in own
    ]


def _defines(source: str, exercise: Exercise) -> bool:
    """Does a cell define one of the names of an exercise, as far as its text shows?"""
    names = "|".join(map(re.escape, exercise.provides))
    return (
        re.search(rf"^(?:def|class)\s+(?:{names})\b|^(?:{names})\s*=", source, re.MULTILINE)
        is not None
    )


def _in_order(own: list, lab: Lab, released: Released) -> list[Cell]:
    """The lab's setup cells at their places, the student's cells where the student has them."""
    by_cell = {exercise.solution_cell: exercise.id for exercise in lab.exercises}
    place = {cell["id"]: index for index, cell in enumerate(released.cells)}
    setups = [
        (place[cell["id"]], cell["source"]) for cell in released.cells if "setup" in cell["tags"]
    ]
    cells: list[Cell] = []
    for position, cell_id, source in own:
        while cell_id and setups and setups[0][0] < place.get(cell_id, -1):
            cells.append(Cell("setup", setups.pop(0)[1], trusted=True))
        if not cell_id and setups and setups[0][0] < place.get(lab.exercises[0].solution_cell, 0):
            cells.append(Cell("setup", setups.pop(0)[1], trusted=True))
        exercise = by_cell.get(cell_id)
        if source.strip():
            cells.append(Cell(exercise or f"cell {position + 1}", source, exercise))
    cells += [Cell("setup", source, trusted=True) for _, source in setups]
    return cells


def _predictions(notebook: dict[str, Any], lab: Lab) -> dict[str, str]:
    """What the student predicted, read as text: the cells are never run for it."""
    found = {}
    for cell in notebook["cells"]:
        for exercise_id, letter in PREDICTION.findall(cell["source"][:LARGEST_SOURCE]):
            exercise = lab.by_id.get(exercise_id)
            if exercise and exercise.predict and letter.strip().lower() in exercise.predict.options:
                found[exercise_id] = letter.strip().lower()
    return found
