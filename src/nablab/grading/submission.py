"""Finds what was handed in, and reads it as notebooks without trusting a byte of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from nablab.course import Lab
from nablab.errors import NoSubmissions, UnreadableSubmission
from nablab.grading.records import Submission

LARGEST_MB = 20
MERGE_MARKER = re.compile(r"^(?:<{7} .*|={7}$|>{7} .*)$", re.MULTILINE)
STUDENT_NAME = re.compile(r"[\w.@+ -]{1,100}")


def entries_of(folder: Path) -> list[Path]:
    """What is in a folder of submissions, in order."""
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise NoSubmissions(
            f"Cannot read the submissions folder {folder}: {error.strerror}."
        ) from None


def find_submissions(folder: Path, lab: Lab) -> list[Submission]:
    """The submissions for one lab, in order of student: nbgrader's `STUDENT/LAB/LAB.ipynb`, or a
    flat folder of `STUDENT.ipynb` (or `STUDENT_LAB.ipynb`). A submission that cannot be read is
    one too: nothing is silently missing."""
    entries = entries_of(folder)
    if (folder / lab.id).is_dir() and not (folder / lab.id / lab.id).is_dir():
        raise NoSubmissions(f"{folder} looks like one student's folder: name the folder above it.")
    flat = [path for path in entries if path.suffix == ".ipynb"]
    nested = [path for path in entries if (path / lab.id).is_dir()]
    found: dict[str, list[Submission]] = {}
    for path in flat:
        student, notes = _student(re.sub(rf"[-_ ]{re.escape(lab.id)}$", "", path.stem))
        found.setdefault(student, []).append(Submission(student, lab.id, path, notes=notes))
    for path in nested:
        student, notes = _student(path.name)
        submission = _nested(student, path / lab.id, lab)
        found.setdefault(student, []).append(replace(submission, notes=(*notes, *submission.notes)))
    if not found:
        raise NoSubmissions(
            f"No submissions for {lab.id} in {folder}: expected STUDENT/{lab.id}/{lab.id}.ipynb "
            "or files STUDENT.ipynb."
        )
    return [_one(student, submissions) for student, submissions in sorted(found.items())]


def _student(name: str) -> tuple[str, tuple[str, ...]]:
    """The student that a file's or folder's name stands for. A name that cannot be one is made fit
    for files, pages and gradebooks, and its submission is not graded."""
    if STUDENT_NAME.fullmatch(name) and not name.startswith("."):
        return name, ()
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', name)[:40]}-{mark}", (
        f"The name {name!a} cannot be a student's.",
    )


def _nested(student: str, folder: Path, lab: Lab) -> Submission:
    timestamp = folder / "timestamp.txt"
    when = None
    if timestamp.is_file() and not timestamp.is_symlink():
        with timestamp.open(errors="replace") as file:
            when = file.read(64).strip()
    named = folder / f"{lab.id}.ipynb"
    if named.is_file():
        return Submission(student, lab.id, named, when)
    others = sorted(folder.glob("*.ipynb"))
    if len(others) == 1:
        return Submission(
            student,
            lab.id,
            others[0],
            when,
            (_text(f"The file is called {others[0].name}, expected {named.name}."),),
        )
    return Submission(
        student,
        lab.id,
        others[0] if others else named,
        when,
        tuple(
            [f"There are {len(others)} notebooks, and none is called {named.name}."]
            if others
            else []
        ),
    )


def _one(student: str, submissions: list[Submission]) -> Submission:
    if len(submissions) == 1:
        return submissions[0]
    names = " and ".join(submission.path.name for submission in submissions)
    return Submission(
        student,
        submissions[0].lab,
        submissions[0].path,
        None,
        (_text(f"There are {len(submissions)} files of this student: {names}."),),
    )


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
    points that it gives its cells, to be noticed and never to be counted.

    Raises `UnreadableSubmission` with one sentence for whatever is no notebook."""
    if submission.problem:
        raise UnreadableSubmission(submission.problem)
    for note in submission.notes:
        if note.startswith("There are"):
            raise UnreadableSubmission(f"{note} Keep the one that counts and grade again.")
        if note.startswith("The name "):
            raise UnreadableSubmission(f"{note} Rename the file or folder and grade again.")
    if not STUDENT_NAME.fullmatch(submission.student) or submission.student.startswith("."):
        raise UnreadableSubmission(f"{submission.student!r} cannot be a student's name.")
    text = _decoded(content_of(submission.path))
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
        notebook = {**notebook, "nbformat": 3}
        import nbformat

        try:
            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        except Exception as error:
            raise UnreadableSubmission(
                "The notebook is of the old format 3 and cannot be converted "
                f"({type(error).__name__}): open it in JupyterLab and save it."
            ) from None
    elif version != 4:
        raise UnreadableSubmission(
            f"The notebook is of format {version}, and 4 is needed: open it in JupyterLab and "
            "save it."
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise UnreadableSubmission("The notebook has no list of cells.")
    cells = [cell for cell in cells if isinstance(cell, dict)]
    read = [_cell(cell) for cell in cells]
    stamps = map(_stamp, cells)
    claimed = {cell["id"]: stamp.get("points") for cell, stamp in zip(read, stamps, strict=True)}
    return {
        "cells": read,
        "points": claimed,
        "metadata": notebook.get("metadata") if isinstance(notebook.get("metadata"), dict) else {},
    }


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
    return {
        "id": _text(name) if isinstance(name, str) else "",
        "code": cell.get("cell_type") == "code",
        "source": _text(source) if isinstance(source, str) else "",
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
