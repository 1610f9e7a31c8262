"""A class that hands in every payload in every place that a student can write."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from nablab.course import Course, Lab
from tests.inert.payloads import MARKUP, TERMINAL, is_a_name

ALL = [*MARKUP.values(), *TERMINAL.values()]
NAMES = [text for text in ALL if is_a_name(text)]


def hand_in_class(course: Course, lab: Lab, submitted: Path) -> list[str]:
    """Write the class and return the folders' names: what each student hands in is one place."""
    made = {
        "raises": lambda texts: f"raise ValueError({texts!r})",
        "returns": lambda texts: f"return {texts!r}",
        "returns-keys": lambda texts: f"return {{{texts!r}: 1}}",
        "types": lambda texts: f"raise type({texts!r}, (Exception,), {{}})({texts!r})",
        "unknown": lambda texts: f"return type({texts!r}, (), {{}})()",
        "names": lambda texts: f'raise NameError("name \'" + {texts!r} + "\' is not defined")',
    }
    for student, body in made.items():
        _write(submitted, student, lab, _with_bodies(lab, body))
    _write(submitted, "cells", lab, _with_broken_cells(lab))
    _write(submitted, "texts", lab, _with_texts_and_metadata(lab))
    _write(submitted, "conflict", lab, _with_a_merge_conflict(lab))
    _write(submitted, "times", lab, lab.notebook.read_text(encoding="utf-8"))
    (submitted / "times" / lab.id / "timestamp.txt").write_text(MARKUP["image error"])
    _hand_in_names(submitted, lab)
    return sorted(path.name for path in submitted.iterdir())


def _parts(count: int) -> list[str]:
    """All payloads in as many texts."""
    size = -(-len(ALL) // count)
    return [" ".join(ALL[start : start + size]) for start in range(0, size * count, size)]


def _notebook(lab: Lab) -> dict[str, Any]:
    return json.loads(lab.notebook.read_text(encoding="utf-8"))


def _by_id(notebook: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cell["id"]: cell for cell in notebook["cells"]}


def _with_bodies(lab: Lab, body: Any) -> str:
    """Every function of the lab with a payload for what it does."""
    notebook = _notebook(lab)
    cells = _by_id(notebook)
    parts = _parts(len(lab.exercises))
    for exercise, texts in zip(lab.exercises, parts, strict=True):
        lines = [f"def {name}(*given, **more):\n    {body(texts)}" for name in exercise.provides]
        cells[exercise.solution_cell]["source"] = "\n".join(lines)
    return json.dumps(notebook)


def _with_broken_cells(lab: Lab) -> str:
    """Cells of the student's own that begin with a payload and stop with one."""
    notebook = _notebook(lab)
    for number, text in enumerate(_parts(8)):
        cell = {"cell_type": "code", "id": f"own-{number}", "metadata": {}, "outputs": []}
        cell |= {"execution_count": None, "source": f"{text!r}; raise ValueError({text!r})"}
        notebook["cells"].insert(2, cell)
    comments = "\n".join(f"# {line}" for text in ALL for line in text.splitlines())
    cells = _by_id(notebook)
    cells[lab.exercises[0].solution_cell]["source"] = comments + "\n%%html\n" + MARKUP["script"]
    return json.dumps(notebook)


def _with_texts_and_metadata(lab: Lab) -> str:
    """Everything of a notebook that is not code."""
    notebook = _notebook(lab)
    for cell in notebook["cells"]:
        stamp = cell["metadata"].get("nbgrader")
        if cell["cell_type"] == "code":
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), *TAGS]
            cell["outputs"] = [
                {
                    "output_type": "display_data",
                    "metadata": {"text/html": {"isolated": True}},
                    "data": {kind: text for kind in KINDS},
                }
                for text in MARKUP.values()
            ]
        elif not stamp:
            cell["source"] = "\n\n".join(MARKUP.values())
    for number, text in enumerate(MARKUP.values()):
        for kind in ("markdown", "raw"):
            own = {"cell_type": kind, "id": f"{kind}-{number}", "metadata": {"tags": [TAGS[0]]}}
            own["attachments"] = {"x.svg": {"image/svg+xml": text, "text/html": text}}
            own["metadata"]["raw_mimetype"] = "text/html"
            own["source"] = f"{text}\n\n![x](attachment:x.svg)"
            notebook["cells"].append(own)
    text = " ".join(MARKUP.values())
    notebook["metadata"] = {
        "kernelspec": {"name": "python3", "display_name": text, "language": text},
        "language_info": {"name": text, "pygments_lexer": text, "codemirror_mode": text},
        "title": text,
        "authors": [{"name": text}],
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {text: text}}},
    }
    return json.dumps(notebook)


TAGS = sorted(text for text in MARKUP.values() if "," not in text)  # as nbformat has it
KINDS = (
    "text/html",
    "text/markdown",
    "text/latex",
    "image/svg+xml",
    "application/javascript",
    "text/plain",
)


def _with_a_merge_conflict(lab: Lab) -> str:
    text = "".join(ALL).replace("\n", " ").replace("\r", " ")
    return f"<<<<<<< {text}\n{lab.notebook.read_text(encoding='utf-8')}"


def _hand_in_names(submitted: Path, lab: Lab) -> None:
    """Students' folders with a damaged notebook of the same name, and zips with four names each."""
    for name in NAMES[::5]:
        home = submitted / f"{name} folder" / lab.id
        home.mkdir(parents=True)
        (home / f"{name}.ipynb").write_text("{")
        (home / f"{name}.txt").write_text("no notebook")
    for start in range(0, len(NAMES), 4):
        home = submitted / f"zipped{start:02}" / lab.id
        home.mkdir(parents=True)
        with zipfile.ZipFile(home / "mine.zip", "w") as packed:
            for number, name in enumerate(NAMES[start : start + 4]):
                packed.writestr(f"{name}.ipynb", str(number))


def _write(submitted: Path, student: str, lab: Lab, text: str) -> None:
    path = submitted / student / lab.id / f"{lab.id}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
