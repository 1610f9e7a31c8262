"""Reads a notebook that `folder` or `lms` found, without trusting a byte of it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from nablab.errors import UnreadableSubmission
from nablab.grading.intake.choice import LARGEST_MB
from nablab.grading.intake.kinds import kind_of, sentence
from nablab.grading.intake.names import is_student
from nablab.grading.records import Submission

MOST_CELLS = 2_000  # the labs have fewer than 80
LARGEST_SOURCE = 200_000  # characters of one code cell
LARGEST_TEXT = 20_000  # of one text cell: a longer one has a picture in it
LARGEST_IN_ALL = 1_000_000  # of all cells: the labs have up to 34,000
MOST_BRACKETS = 500_000  # JSON lists and objects in a file: each takes memory
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # the last one may be cut off
MERGE_MARKER = re.compile(r"^(?:<{7} .*|={7}$|>{7} .*)$", re.MULTILINE)


def digest(submission: Submission) -> str:
    """Identifies a submission, byte for byte."""
    if submission.problem:
        return hashlib.sha256(submission.problem.encode()).hexdigest()[:16]
    try:
        return hashlib.sha256(content_of(submission.path)).hexdigest()[:16]
    except UnreadableSubmission:
        return ""


def content_of(path: Path) -> bytes:
    """A file's bytes, if it is a regular file that is not too large: not a pipe, not a device."""
    try:
        if path.is_symlink():  # it could show the student a file of the instructor's
            raise UnreadableSubmission("The submission is a link, not a file.")
        if path.exists() and not path.is_file():
            raise UnreadableSubmission("The submission is not a file.")
        if path.stat().st_size > LARGEST_MB << 20:
            raise UnreadableSubmission(
                f"The file is larger than {LARGEST_MB} MB: clear its outputs."
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableSubmission(f"The file cannot be read: {error.strerror}.") from None


def read(submission: Submission) -> dict[str, Any]:
    """The submitted notebook, as plain nbformat 4 with an id and a source for each cell. The points
    that it claims for its cells are kept, so that changed ones are noticed; they are never counted.
    A cell that is too long is `cut`: its source is left out.

    Raises `UnreadableSubmission` with one sentence for anything that is not a notebook."""
    if submission.problem:
        raise UnreadableSubmission(submission.problem)
    if not is_student(submission.student):
        raise UnreadableSubmission(f"{submission.student!r} cannot be a student's name.")
    content = content_of(submission.path)
    kind = kind_of(content)
    if kind is not None:  # another kind of file, not a damaged notebook
        raise UnreadableSubmission(sentence(kind))
    text = _decoded(content)
    if _brackets(text) > MOST_BRACKETS:
        raise UnreadableSubmission(
            f"The file holds more than {MOST_BRACKETS:,} lists and objects, far more than a lab's "
            "notebook: it is damaged, or its outputs are too large. Clear them, save it and hand "
            "it in again."
        )
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        raise UnreadableSubmission(_damage(text, error)) from None
    return _as_version_4(notebook)


def _decoded(content: bytes) -> str:
    """A file's text. It is UTF-8, or UTF-16 or UTF-32 if a byte order mark or null bytes at the
    beginning say so."""
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnreadableSubmission(
            "The file is not a notebook: it is not text in UTF-8. "
            "Hand in the .ipynb file itself, as JupyterLab saves it."
        ) from None


def _brackets(text: str) -> int:
    """How many lists and objects a file's JSON opens, not counting brackets in strings."""
    opened = text.count("[") + text.count("{")
    if opened > MOST_BRACKETS:
        bare = STRING.sub("", text)
        opened = bare.count("[") + bare.count("{")
    return opened


def _damage(text: str, error: Exception) -> str:
    """What is wrong with a file that is not JSON."""
    marker = MERGE_MARKER.search(text)
    if marker:
        line = text.count("\n", 0, marker.start()) + 1
        return (
            f"Git left a merge conflict in the file, marked `{marker[0].strip()}` at line {line}: "
            "resolve it, make sure that the notebook opens, and hand it in again."
        )
    where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return (
        f"The file is not a complete notebook: its JSON is cut off or damaged{where}. "
        "Open it in JupyterLab, save it, and hand it in again."
    )


def _as_version_4(notebook: Any) -> dict[str, Any]:
    version = _version(notebook.get("nbformat")) if isinstance(notebook, dict) else None
    if version is None:
        raise UnreadableSubmission("The file is JSON but not a notebook: it has no nbformat.")
    if version == 3:
        notebook = {**notebook, "cells": _cells_of_worksheets(notebook)}
    elif version != 4:
        raise UnreadableSubmission(
            f"The notebook has format {version}, but 4 is needed: open it in JupyterLab and save "
            "it."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise UnreadableSubmission("The notebook has no list of cells.")
    if len(cells) > MOST_CELLS:
        raise UnreadableSubmission(
            f"The notebook has {len(cells):,} cells, but at most {MOST_CELLS:,} are read: delete "
            "those that you do not need and hand it in again."
        )
    cells = [cell for cell in cells if isinstance(cell, dict)]
    read = [_cell(cell) for cell in cells]
    length = sum(len(cell["source"]) for cell in read)
    if length > LARGEST_IN_ALL:
        raise UnreadableSubmission(
            f"The notebook's cells hold {length:,} characters, but at most {LARGEST_IN_ALL:,} are "
            "read: read large data from the lab's files, or make it in a loop."
        )
    stamps = map(_stamp, cells)
    claimed = {cell["id"]: stamp.get("points") for cell, stamp in zip(read, stamps, strict=True)}
    return {
        "cells": read,
        "points": claimed,
        "metadata": notebook.get("metadata") if isinstance(notebook.get("metadata"), dict) else {},
    }


def _cells_of_worksheets(notebook: dict[str, Any]) -> list[Any]:
    """The cells of a notebook of the old format 3, in which a cell's source is its `input`."""
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        raise UnreadableSubmission(
            "The notebook has the old format 3 and cannot be converted: it has no list of "
            "worksheets. Open it in JupyterLab and save it."
        )
    parts = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for part in parts if isinstance(part, list) for cell in part]


def _version(written: Any) -> int | None:
    """The whole part of a notebook format's version, written as 4, 4.0, "4" or "4.5"."""
    if isinstance(written, bool):
        return None
    if isinstance(written, str) and re.fullmatch(r"\d{1,3}(\.\d{1,3})?", written.strip()):
        return int(float(written))
    if isinstance(written, int | float) and 0 <= written < 1000:
        return int(written)
    return None


def _cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell of a submission, reduced to the parts that are used."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    grade_id = _stamp(cell).get("grade_id")
    name = grade_id if isinstance(grade_id, str) and grade_id else cell.get("id")
    code = cell.get("cell_type") == "code"
    text = source if isinstance(source, str) else ""
    cut = len(text) > (LARGEST_SOURCE if code else LARGEST_TEXT)
    return {
        "id": _text(name) if isinstance(name, str) else "",
        "code": code,
        "source": "" if cut else _text(text),
        **({"cut": True} if cut else {}),
    }


def _stamp(cell: dict[str, Any]) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    metadata = cell.get("metadata")
    stamp = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return stamp if isinstance(stamp, dict) else {}


def _text(source: str) -> str:
    """Text with plain line ends and without lone surrogates, which cannot be written to a file."""
    source = source.encode("utf-8", "backslashreplace").decode()
    return source.replace("\r\n", "\n").replace("\r", "\n")
