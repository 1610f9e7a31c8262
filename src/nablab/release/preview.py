"""Shows a lab while it is being written, and builds it again whenever one of its files is saved."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from nablab.authored.read import read_cells
from nablab.authored.stamp import stamp
from nablab.course import Course
from nablab.errors import NablabError
from nablab.release.write import build

EVERY_S = 0.5  # seconds between looks at the files


def build_preview(course: Course, lab_id: str, solved: bool = False) -> Path:
    """Build a lab into `build/preview`, solved or as students get it, and return its notebook."""
    lab = course.authored_lab(lab_id)
    folder = build(course, lab, course.root / "build" / "preview")
    notebook = folder / f"{lab.id}.ipynb"
    if solved:
        text = json.dumps(stamp(lab, read_cells(lab), discussed=True), indent=1, ensure_ascii=False)
        notebook.write_text(text + "\n", encoding="utf-8")
    return notebook


def rebuild_on_saving(
    course: Course, lab_id: str, solved: bool, alive: Callable[[], bool]
) -> Iterator[Path | NablabError]:
    """Whenever a file of the lab is saved, yields the notebook or the error in building it."""
    lab = course.authored_lab(lab_id)
    folders = (lab.folder, course.suite(lab.id))
    before = saved_at(folders)
    while alive():
        time.sleep(EVERY_S)
        if (now := saved_at(folders)) == before:
            continue
        before = now
        try:
            yield build_preview(course, lab_id, solved)
        except NablabError as error:
            yield error


def saved_at(folders: tuple[Path, ...]) -> dict[Path, int]:
    """When each file was last saved."""
    found: dict[Path, int] = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        try:
            if path.is_file():
                found[path] = path.stat().st_mtime_ns
        except FileNotFoundError:  # an editor has just replaced it
            continue
    return found
