"""Damages notebooks of the corpus at random, with their structure in view: cells, ids, types, sources
and metadata, then perhaps bytes. A seed gives the same file every time:

    python -m tests.notebooks.mutate 1234 damaged.ipynb
"""

from __future__ import annotations

import copy
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nablab.course import find_course
from nablab.grading.samples import Sample, notebook_of
from tests.notebooks.case import Case, corpus

ROOT = Path(__file__).parents[2]
Cells = list[Any]

ODD = [
    None, True, 0, -1, 7.5, 1e308, float("nan"), float("inf"), 10**30, 2**63, "", " ", "x", "\0",
    "\ud800", "\u202e", "é" * 50, "<script>alert(1)</script>", "../../etc/passwd", [], {}, [[]],
    [None], [{}], {"": {}}, {"a": [1, {"b": None}]}, ["x = 1\n", None, 3], {"source": "x"},
]  # fmt: skip
LINES = [
    "x = 1", "def match_score(patch, filt):", "    return 0.5", "%%time", "%matplotlib inline",
    "!ls", "import os", "from __future__ import annotations", "raise SystemExit", "1/0", "'''", '"""',
    "(", ")", "    ", "\t", "# %%", ">>> x = 1", "In [1]: y", "check('1.1')", "predict('1.1', 'a')",
    "await x", "yield", "lambda: (yield)", "\\", "\x0c", "def f(:", "class correlate_valid: pass",
    "import scipy.signal", "while False: pass", "@property", "global match_score", "del match_score",
]  # fmt: skip
KINDS = ["code", "markdown", "raw", "heading", "", None, 3, ["code"], "CODE", "sql"]
BYTES = [
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b'"', b"\\", b"\\ud83d", b",",
    b"\r", b"\n<<<<<<< HEAD\n", b"1e999", b"NaN", b"\xc3", b"-", b"null",
]  # fmt: skip


def deep(draw: random.Random) -> Any:
    """Something nested, as deep as it comes."""
    value: Any = draw.choice(ODD)
    for _ in range(draw.choice([5, 60, 900])):
        value = [value] if draw.random() < 0.5 else {"a": value}
    return value


def odd(draw: random.Random) -> Any:
    return deep(draw) if draw.random() < 0.1 else copy.deepcopy(draw.choice(ODD))


def a_cell(draw: random.Random, cells: Cells) -> dict[str, Any]:
    found = [cell for cell in cells if isinstance(cell, dict)]
    return draw.choice(found) if found else {}


def text_of(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def swap(draw: random.Random, cells: Cells) -> None:
    i, j = (draw.randrange(len(cells)) for _ in range(2))
    cells[i], cells[j] = cells[j], cells[i]


def shuffle(draw: random.Random, cells: Cells) -> None:
    draw.shuffle(cells)


def double(draw: random.Random, cells: Cells) -> None:
    one = copy.deepcopy(draw.choice(cells))
    for _ in range(draw.choice([1, 1, 2, 30])):
        cells.insert(draw.randrange(len(cells) + 1), copy.deepcopy(one))


def delete(draw: random.Random, cells: Cells) -> None:
    begin = draw.randrange(len(cells))
    del cells[begin : begin + draw.choice([1, 1, 3, 40])]


def replace_cell(draw: random.Random, cells: Cells) -> None:
    cells[draw.randrange(len(cells))] = odd(draw)


def rename(draw: random.Random, cells: Cells) -> None:
    """Another cell's id, none, or one that is no text; of the cell's own or of nbgrader's."""
    one, other = a_cell(draw, cells), a_cell(draw, cells)
    name = draw.choice([other.get("id"), other.get("id"), odd(draw)])
    if draw.random() < 0.5:
        one["id"] = name
    else:
        one["metadata"] = {"nbgrader": {"grade_id": name, "points": odd(draw), "locked": odd(draw)}}


def retype(draw: random.Random, cells: Cells) -> None:
    a_cell(draw, cells)["cell_type"] = draw.choice(KINDS)


def put_anything(draw: random.Random, cells: Cells) -> None:
    cell = a_cell(draw, cells)
    cell[draw.choice(["source", "metadata", "outputs", "id", "cell_type", "input"])] = odd(draw)


def lose_a_key(draw: random.Random, cells: Cells) -> None:
    cell = a_cell(draw, cells)
    if cell:
        del cell[draw.choice(sorted(cell))]


def split(draw: random.Random, cells: Cells) -> None:
    at = draw.randrange(len(cells))
    cell = cells[at]
    if isinstance(cell, dict):
        text = text_of(cell)
        cut = draw.randrange(len(text) + 1)
        cells[at : at + 1] = [{**cell, "source": text[:cut]}, {**cell, "source": text[cut:]}]


def merge(draw: random.Random, cells: Cells) -> None:
    at = draw.randrange(len(cells))
    pair = [cell for cell in cells[at : at + 2] if isinstance(cell, dict)]
    if len(pair) == 2:
        cells[at : at + 2] = [{**pair[0], "source": "\n".join(map(text_of, pair))}]


def write_lines(draw: random.Random, cells: Cells) -> None:
    cell = a_cell(draw, cells)
    lines = text_of(cell).splitlines()
    for _ in range(draw.choice([1, 1, 2, 8])):
        lines.insert(draw.randrange(len(lines) + 1), draw.choice(LINES))
    cell["source"] = "\n".join(lines) if draw.random() < 0.7 else [f"{line}\n" for line in lines]


def scramble(draw: random.Random, cells: Cells) -> None:
    """Characters lost, doubled or put in another's place within a source."""
    cell = a_cell(draw, cells)
    text = list(text_of(cell))
    for _ in range(draw.choice([1, 3, 20])):
        if text:
            at = draw.randrange(len(text))
            text[at] = draw.choice(["", text[at] * 2, "\n", " ", "\0", "\ud83d", "é", "'", "("])
    cell["source"] = "".join(text)


def lengthen(draw: random.Random, cells: Cells) -> None:
    text = draw.choice(["\n", " ", "x = 1\n", "[", "(", "0,", "'", "#\n", "a.", "-"])
    a_cell(draw, cells)["source"] = text * draw.choice([100, 5_000, 250_000 // len(text)])


OF_CELLS: list[Callable[[random.Random, Cells], None]] = [
    swap, shuffle, double, delete, replace_cell, rename, rename, retype, put_anything, lose_a_key,
    split, merge, write_lines, write_lines, scramble, scramble, lengthen,
]  # fmt: skip


def of_the_notebook(draw: random.Random, notebook: dict[str, Any]) -> None:
    """The version, the list of cells or the metadata."""
    match draw.randrange(6):
        case 0:
            notebook["nbformat"] = draw.choice([3, "4", 4.5, 5, 2, None, "x", 10**30, [4]])
        case 1:
            notebook["worksheets"] = [{"cells": notebook.pop("cells", [])}, odd(draw)]
            notebook["nbformat"] = 3
        case 2:
            notebook["cells"] = odd(draw)
        case 3:
            notebook["metadata"] = odd(draw)
        case 4:
            notebook[draw.choice(["cells", "nbformat", "metadata", "odd"])] = deep(draw)
        case _:
            notebook.pop(draw.choice(sorted(notebook)), None)


def of_bytes(draw: random.Random, content: bytes) -> bytes:
    """Bytes inserted, lost or changed; a file cut off, doubled or in another encoding."""
    match draw.randrange(6):
        case 0:
            return content[: draw.randrange(len(content) + 1)]
        case 1:
            return content + content[: draw.randrange(len(content) + 1)]
        case 2:
            text = content.decode("utf-8", "replace")
            return text.encode(draw.choice(["utf-16", "utf-32", "latin-1", "cp037"]), "replace")
        case _:
            changed = bytearray(content)
            for _ in range(draw.choice([1, 2, 10])):
                at = draw.randrange(len(changed) + 1)
                changed[at : at + draw.choice([0, 0, 1, 50])] = draw.choice(BYTES)
            return bytes(changed)


def damaged(seed: int, cases: list[Case], solved: str) -> bytes:
    """A file of the corpus, damaged as the seed says."""
    draw = random.Random(seed)
    content = draw.choice(cases).file(solved)
    try:
        notebook = json.loads(content)
    except ValueError:
        return of_bytes(draw, content)
    for _ in range(draw.choice([1, 2, 3, 6, 12])):
        cells = notebook.get("cells")
        if draw.random() < 0.08:
            of_the_notebook(draw, notebook)
        elif isinstance(cells, list) and cells:
            draw.choice(OF_CELLS)(draw, cells)
    content = json.dumps(notebook, ensure_ascii=draw.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    return of_bytes(draw, content) if draw.random() < 0.2 else content


def main(seed: int, path: Path) -> None:
    course = find_course(ROOT)
    cases = [case for case in corpus() if case.lab == "1"]
    path.write_bytes(damaged(seed, cases, notebook_of(Sample("", ""), course, course.lab("1"))))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
