"""Reads what `folder` or `lms` found as a notebook, without trusting a byte of it."""

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
LARGEST_TEXT = 20_000  # of one text cell: a longer one has a picture written into it
LARGEST_IN_ALL = 1_000_000  # of all cells: the labs have up to 34,000
MOST_BRACKETS = 500_000  # lists and records of JSON in a file, of which each takes memory
STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # or what breaks off in one
MERGE_MARKER = re.compile(r"^(?:<{7} .*|={7}$|>{7} .*)$", re.MULTILINE)


def digest(submission: Submission) -> str:
    """Identifies what was handed in, byte for byte."""
    if submission.problem:
        return hashlib.sha256(submission.problem.encode()).hexdigest()[:16]
    try:
        return hashlib.sha256(content_of(submission.path)).hexdigest()[:16]
    except UnreadableSubmission:
        return ""


def content_of(path: Path) -> bytes:
    """A file's bytes, if it is a regular file of bearable size: not a pipe, not a device."""
    try:
        if path.is_symlink():  # it could show the student a file of the instructor's
            raise UnreadableSubmission("What was handed in is no file of its own but a link.")
        if path.exists() and not path.is_file():
            raise UnreadableSubmission("What was handed in is no file.")
        if path.stat().st_size > LARGEST_MB << 20:
            raise UnreadableSubmission(
                f"The file is larger than {LARGEST_MB} MB: clear its outputs."
            )
        return path.read_bytes()
    except OSError as error:
        raise UnreadableSubmission(f"The file cannot be read: {error.strerror}.") from None


def read(submission: Submission) -> dict[str, Any]:
    """The submitted notebook, as plain nbformat 4 with cells that have an id and a source; and the
    points that it gives its cells, to be noticed and never to be counted. A cell that is too long
    is `cut`: its source is left out.

    Raises `UnreadableSubmission` with one sentence for whatever is no notebook."""
    if submission.problem:
        raise UnreadableSubmission(submission.problem)
    if not is_student(submission.student):
        raise UnreadableSubmission(f"{submission.student!r} cannot be a student's name.")
    content = content_of(submission.path)
    kind = kind_of(content)
    if kind is not None:  # never a notebook, rather than a damaged one
        raise UnreadableSubmission(sentence(kind))
    text = _decoded(content)
    if _brackets(text) > MOST_BRACKETS:
        raise UnreadableSubmission(
            f"The file holds more than {MOST_BRACKETS:,} lists and records, which no notebook of a "
            "lab does: it is damaged, or its outputs are too large. Clear them, save it and hand "
            "it in again."
        )
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: a number of thousands of digits
        raise UnreadableSubmission(_damage(text, error)) from None
    return _as_version_4(notebook)


def _decoded(content: bytes) -> str:
    """A file's text: UTF-8, or UTF-16 or UTF-32 where a byte order mark says so or every second
    byte of its beginning is null."""
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UnreadableSubmission(
            "The file is not a notebook: it is not text in UTF-8. "
            "Hand in the .ipynb file itself, as JupyterLab saves it."
        ) from None


def _brackets(text: str) -> int:
    """How many lists and records a file's JSON begins: those within its strings do not count."""
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
            "resolve it, see that the notebook opens, and hand it in again."
        )
    where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
    return (
        f"The file is not a whole notebook: its JSON breaks off or is damaged{where}. "
        "Open it in JupyterLab, save it, and hand it in again."
    )


def _as_version_4(notebook: Any) -> dict[str, Any]:
    version = _version(notebook.get("nbformat")) if isinstance(notebook, dict) else None
    if version is None:
        raise UnreadableSubmission("The file is JSON and not a notebook: it has no nbformat.")
    if version == 3:
        notebook = {**notebook, "cells": _cells_of_worksheets(notebook)}
    elif version != 4:
        raise UnreadableSubmission(
            f"The notebook is of format {version}, and 4 is needed: open it in JupyterLab and "
            "save it."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise UnreadableSubmission("The notebook has no list of cells.")
    if len(cells) > MOST_CELLS:
        raise UnreadableSubmission(
            f"The notebook has {len(cells):,} cells, and at most {MOST_CELLS:,} are read: delete "
            "those that you do not need and hand it in again."
        )
    cells = [cell for cell in cells if isinstance(cell, dict)]
    read = [_cell(cell) for cell in cells]
    length = sum(len(cell["source"]) for cell in read)
    if length > LARGEST_IN_ALL:
        raise UnreadableSubmission(
            f"The notebook's cells hold {length:,} characters, and at most {LARGEST_IN_ALL:,} are "
            "read: read large data from the lab's own, or make it in a loop."
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
            "The notebook is of the old format 3 and cannot be converted: it has no list of "
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
    """A cell of a submission, reduced to what may be read from one."""
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
    """Text with plain line ends, and without lone surrogates, which no file can hold."""
    source = source.encode("utf-8", "backslashreplace").decode()
    return source.replace("\r\n", "\n").replace("\r", "\n")
