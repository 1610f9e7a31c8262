"""Extracts the cells to run from a submitted notebook.

The rule: the grader runs the notebook that "Run All" runs, down to the exercise's check cell. So
the student's code cells are taken in the student's order: solution cells, cells that were added,
and cells of the lab that were changed. The setup cells come from the lab and run before a changed
copy of them. Only sources are read; metadata and points are ignored. A cell is recognised by its
id or, if ids were lost, by its source or by the names that it defines. Every repair is noted.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from nablab.course import Exercise, Lab
from nablab.errors import UnreadableSubmission
from nablab.grading.intake.submission import LARGEST_SOURCE, LARGEST_TEXT
from nablab.grading.records import Cell, Submission, Work, first_line

PREDICTION = re.compile(
    r"""^[ \t]*predict\(\s*["']([\d.]+)["']\s*,\s*["'](.{0,20}?)["']\s*\)""", re.MULTILINE
)
PROMPT = re.compile(r"^(?:>>>|\.\.\.|In \[\d+\]:|[ ]*\.\.\.:)(?: |$)", re.MULTILINE)
CALL_OF_OURS = re.compile(r"(?:check|predict|hint)\([^()]*\)")  # in code without spaces


@dataclass(frozen=True)
class Released:
    """The lab's own notebook, which is trusted."""

    cells: tuple[dict[str, Any], ...]

    @cached_property
    def ids(self) -> set[str]:
        return {cell["id"] for cell in self.cells}

    @cached_property
    def code(self) -> dict[str, dict[str, Any]]:
        """Its code cells, by id."""
        return {cell["id"]: cell for cell in self.cells if cell["code"]}

    @cached_property
    def place(self) -> dict[str, int]:
        return {cell["id"]: index for index, cell in enumerate(self.cells)}

    def is_tagged(self, cell_id: str, tag: str) -> bool:
        return cell_id in self.code and tag in self.code[cell_id]["tags"]

    def first_setup(self, lab: Lab) -> tuple[str, ...]:
        """The setup cells before the first exercise, which are run once for all submissions."""
        sources = []
        for cell in self.cells:
            if cell["id"] == lab.exercises[0].solution_cell:
                break
            if "setup" in cell["tags"]:
                sources.append(cell["source"])
        return tuple(sources)

    def source(self, cell_id: str) -> str:
        return self.code[cell_id]["source"] if cell_id in self.code else ""


def released_notebook(path: Path) -> Released:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return Released(
        tuple(
            {
                "id": cell["metadata"].get("nbgrader", {}).get("grade_id") or cell["id"],
                "source": "".join(cell["source"]),
                "tags": cell["metadata"].get("tags", []),
                "code": cell["cell_type"] == "code",
            }
            for cell in cells
        )
    )


@dataclass(frozen=True)
class Found:
    """A cell of the submitted notebook, and what it is."""

    position: int
    source: str
    code: bool
    lab_cell: str = ""  # the id of this cell in the lab; "" for a cell that the student added
    changed: bool = False  # whether its source is not the lab's
    defines: tuple[str, ...] = ()  # the exercises of which it defines a name


def extract(notebook: dict[str, Any], submission: Submission, lab: Lab, released: Released) -> Work:
    """The cells to run for a submission, and how many of them for each exercise."""
    notes: list[str] = list(submission.notes)
    found = _recognised(notebook["cells"], lab, released, notes)
    if not any(cell.lab_cell or (cell.code and cell.defines) for cell in found):
        raise UnreadableSubmission(
            f"This is not a notebook of {lab.id}: it has none of the lab's cells. "
            "Was another file handed in?"
        )
    found = _without_stubs_of_doubles(found, lab, notes)
    found = _text_read_as_code(found, lab, notes)
    checks = _check_positions(found, lab)
    answers = {e.id: _answer_to(e, found, checks.get(e.id), notes) for e in lab.exercises}
    cells, positions = _in_order(found, answers, lab, released)
    ends = {
        exercise.id: sum(position <= end for position in positions)
        for exercise in lab.exercises
        if (end := _end_of(exercise, found, answers, checks, notes)) is not None
    }
    return Work(
        submission,
        cells,
        ends,
        tuple(notes),
        _predictions(notebook, lab),
        tuple(dict.fromkeys(_tampered_with(notebook, lab, released))),
    )


def _recognised(
    cells: list[dict[str, Any]], lab: Lab, released: Released, notes: list[str]
) -> list[Found]:
    """Every cell of a notebook, and the lab's cell that it is: by its id, or by its source if no
    other cell has that id."""
    named = {cell["id"] for cell in cells}
    by_source: dict[str, list[str]] = {}
    for cell_id, cell in released.code.items():
        if cell_id not in named:
            by_source.setdefault(cell["source"].strip(), []).append(cell_id)
    found = []
    for position, cell in enumerate(cells):
        source = cell["source"]
        if cell.get("cut") and (cell["code"] or cell["id"] in released.code):
            limit = LARGEST_SOURCE if cell["code"] else LARGEST_TEXT
            notes.append(
                f"Cell {position + 1} is longer than {limit:,} characters and was not "
                "run: read large data from the lab's files, or make it in a loop."
            )
        lab_cell = cell["id"] if cell["id"] in released.ids else ""
        if lab_cell and lab_cell not in released.code and cell["code"]:
            lab_cell = ""  # a text cell of the lab that was turned into code
        elif not lab_cell and cell["code"] and by_source.get(source.strip()):
            lab_cell = by_source[source.strip()].pop(0)
        changed = lab_cell in released.code and _code(source) != _code(released.source(lab_cell))
        defines = _defined(source, lab) if cell["code"] or lab_cell in released.code else ()
        found.append(Found(position, source, cell["code"], lab_cell, changed, defines))
    return found


def _without_stubs_of_doubles(found: list[Found], lab: Lab, notes: list[str]) -> list[Found]:
    """Without unchanged copies of a solution cell, if another copy was worked on."""
    for exercise in lab.exercises:
        doubles = [cell for cell in found if cell.lab_cell == exercise.solution_cell]
        worked = [cell for cell in doubles if cell.changed and cell.source.strip()]
        stubs = {cell.position for cell in doubles} - {cell.position for cell in worked}
        if len(doubles) > 1:
            notes.append(
                f"The cell of exercise {exercise.id} appears {len(doubles)} times; "
                "the last one that was worked on counts."
            )
            if worked:
                found = [cell for cell in found if cell.position not in stubs]
    return found


def _text_read_as_code(found: list[Found], lab: Lab, notes: list[str]) -> list[Found]:
    """If no code cell answers an exercise, its own cell is read as code, even a text cell."""
    solutions = {exercise.solution_cell: exercise.id for exercise in lab.exercises}
    answered = {name for cell in found if cell.code for name in cell.defines}
    read = []
    for cell in found:
        exercise_id = solutions.get(cell.lab_cell)
        if exercise_id and not cell.code and exercise_id not in answered:
            notes.append(
                f"The cell of exercise {exercise_id} was a text cell; it was read as code."
            )
            cell = replace(cell, code=True)
        read.append(cell)
    return read


def _check_positions(found: list[Found], lab: Lab) -> dict[str, int]:
    """The position of each exercise's last check cell."""
    by_cell = {exercise.grade_cell: exercise.id for exercise in lab.exercises}
    return {by_cell[cell.lab_cell]: cell.position for cell in found if cell.lab_cell in by_cell}


def _answer_to(
    exercise: Exercise, found: list[Found], check: int | None, notes: list[str]
) -> Found | None:
    """The cell that is shown as the answer to an exercise: of those that define it, the last one
    above its check, preferably the exercise's own cell."""

    def rank(cell: Found) -> tuple[bool, ...]:
        above = check is None or cell.position < check
        return cell.changed or not cell.lab_cell, above, cell.lab_cell == exercise.solution_cell

    defining = [cell for cell in found if cell.code and exercise.id in cell.defines]
    own = [cell for cell in found if cell.code and cell.lab_cell == exercise.solution_cell]
    if not defining:
        if not own:
            notes.append(f"The cell of exercise {exercise.id} is missing.")
        return own[-1] if own else None
    best = max(map(rank, defining))
    chosen = [cell for cell in defining if rank(cell) == best][-1]
    if chosen.lab_cell != exercise.solution_cell:
        notes.append(f"The answer to exercise {exercise.id} was found in another cell.")
    return chosen


def _end_of(
    exercise: Exercise,
    found: list[Found],
    answers: Mapping[str, Found | None],
    checks: Mapping[str, int],
    notes: list[str],
) -> int | None:
    """The position of the last cell that runs for an exercise: its check cell, or its answer if
    that is below. Without a check cell: the last cell before the next one of the lab."""
    answer, check = answers[exercise.id], checks.get(exercise.id)
    if answer is None:
        return check
    if check is not None:
        if answer.position > check:
            notes.append(
                f"The answer to exercise {exercise.id} is below its check cell; it was run."
            )
        return max(check, answer.position)
    notes.append(
        f"The check cell of exercise {exercise.id} is missing; the exercise was graded anyway."
    )
    others = {other.position for other in answers.values() if other}
    below = (cell for cell in found if cell.position > answer.position and cell.code)
    following = (cell.position for cell in below if cell.lab_cell or cell.position in others)
    return next(following, found[-1].position + 1) - 1


def _in_order(
    found: list[Found], answers: Mapping[str, Found | None], lab: Lab, released: Released
) -> tuple[tuple[Cell, ...], tuple[int, ...]]:
    """The cells to run and the position of each: the lab's setup cells in the lab's places, the
    student's cells in the student's."""
    answered = {cell.position: name for name, cell in answers.items() if cell}
    setups = [
        (released.place[cell_id], cell["source"])
        for cell_id, cell in released.code.items()
        if "setup" in cell["tags"]
    ]
    first = len(released.first_setup(lab))
    run = [(-1, Cell("setup", source, trusted=True)) for _, source in setups[:first]]
    setups, after = setups[first:], ""
    for cell in found:
        exercise = answered.get(cell.position)
        known = lab.by_id[exercise].solution_cell if exercise else cell.lab_cell
        while known and setups and setups[0][0] <= released.place[known]:
            run.append((cell.position, Cell("setup", setups.pop(0)[1], trusted=True)))
        if cell.code and cell.source.strip() and _is_run(cell, exercise, released):
            made = Cell(
                exercise or f"cell {cell.position + 1}",
                cell.source,
                exercise,
                trusted=bool(cell.lab_cell) and not cell.changed and exercise is None,
                defines=cell.defines,
                picture=released.is_tagged(cell.lab_cell, "picture") and not cell.defines,
                after=after,
            )
            run.append((cell.position, made))
        after = known or after
    run += [(len(found), Cell("setup", source, trusted=True)) for _, source in setups]
    return tuple(cell for _, cell in run), tuple(position for position, _ in run)


def _is_run(cell: Found, exercise: str | None, released: Released) -> bool:
    """Whether a code cell is run as one of the student's, or may be needed, as a picture. Unchanged
    cells of the lab are not: the setup comes from the lab, and checks run from outside."""
    if exercise is not None or not cell.lab_cell or released.is_tagged(cell.lab_cell, "picture"):
        return True
    return cell.changed and CALL_OF_OURS.sub("", _code(cell.source)) != ""


def _tampered_with(notebook: dict[str, Any], lab: Lab, released: Released) -> Iterator[str]:
    """What was changed in the grade cells. The submitted ones are never used."""
    grade_cells = {exercise.grade_cell: exercise for exercise in lab.exercises}
    for number, cell in enumerate(notebook["cells"], start=1):
        exercise = grade_cells.get(cell["id"])
        if exercise is None:
            continue
        if _code(cell["source"]) != _code(released.source(cell["id"])):
            yield (
                f"The check cell of exercise {exercise.id} was changed; the lab's own was used. "
                f"Compare cell {number} (`{first_line(cell['source'])}`) with the lab's."
            )
        points = notebook.get("points", {}).get(cell["id"])
        if isinstance(points, (int, float)) and points != exercise.points:
            yield (
                f"The notebook says that exercise {exercise.id} is worth {str(points)[:20]} "
                f"points; the lab's own {exercise.points:g} were used. "
                f"Look at the metadata of cell {number}: Jupyter does not change it by itself."
            )


def _code(source: str) -> str:
    """A cell's source without whitespace and comments."""
    return "".join(re.sub(r"#.*", "", source).split())


def _defined(source: str, lab: Lab) -> tuple[str, ...]:
    """The exercises of which a cell defines a name, as far as its text shows."""
    bare = _bare(source)
    return tuple(exercise.id for exercise in lab.exercises if _defines(bare, exercise))


def _defines(source: str, exercise: Exercise) -> bool:
    names = "|".join(map(re.escape, exercise.provides))
    defined = rf"^(?:(?:async[ \t]+)?def|class)[ \t]+(?:{names})\b"
    assigned = rf"^(?:{names})[ \t]*(?::[^=\n]+)?=(?!=)"
    return re.search(f"{defined}|{assigned}", source, re.MULTILINE) is not None


def _bare(source: str) -> str:
    """A cell's source without pasted prompts and without common indentation."""
    return textwrap.dedent(PROMPT.sub("", source))


def _predictions(notebook: dict[str, Any], lab: Lab) -> dict[str, str]:
    """The student's predictions, read from the text of the cells, without running them."""
    found = {}
    for cell in notebook["cells"]:
        for exercise_id, letter in PREDICTION.findall(cell["source"]):
            exercise = lab.by_id.get(exercise_id)
            if exercise and exercise.predict and letter.strip().lower() in exercise.predict.options:
                found[exercise_id] = letter.strip().lower()
    return found
