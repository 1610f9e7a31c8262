"""One file of the corpus, and the notebook that it changes.

A file defines `change(nb)`, which edits the solved notebook, and perhaps

    LAB = "4"                       another lab than the first
    FAILS = ("1.3",)                exercises whose visible checks fail, in a kernel and in the jail
    DIFFERS = {"1.2": "words"}      exercises that pass in the jail alone, and what the page says of it
    LIMITED = {"1.2": "words"}      exercises that pass in a kernel alone, and the limit the page names
    SAYS = "words"                  what the page must say besides
    HERE = ("pandas",)              packages that are there on the student's machine alone
    saved(nb) -> bytes              what becomes of the file after the notebook was last run
"""

from __future__ import annotations

import copy
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

CORPUS = Path(__file__).parent / "corpus"


class Notebook:
    """A notebook to change, cell by cell, by the cells' ids."""

    def __init__(self, text: str):
        self.json: dict[str, Any] = json.loads(text)
        self.added = 0

    @property
    def cells(self) -> list[dict[str, Any]]:
        return self.json["cells"]

    @property
    def code(self) -> list[dict[str, Any]]:
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    def at(self, cell_id: str) -> int:
        return next(n for n, cell in enumerate(self.cells) if cell.get("id") == cell_id)

    def __getitem__(self, cell_id: str) -> str:
        return self.cells[self.at(cell_id)]["source"]

    def __setitem__(self, cell_id: str, source: str) -> None:
        self.cells[self.at(cell_id)]["source"] = source

    def new(self, source: str, kind: str = "code", **more: Any) -> dict[str, Any]:
        self.added += 1
        cell = {"cell_type": kind, "id": f"own{self.added}", "metadata": {}, "source": source}
        if kind == "code":
            cell |= {"outputs": [], "execution_count": None}
        return cell | more

    def before(self, cell_id: str, source: str, kind: str = "code", **more: Any) -> None:
        self.cells.insert(self.at(cell_id), self.new(source, kind, **more))

    def after(self, cell_id: str, source: str, kind: str = "code", **more: Any) -> None:
        self.cells.insert(self.at(cell_id) + 1, self.new(source, kind, **more))

    def first(self, source: str) -> None:
        """A cell of the student's own above the first exercise."""
        self.before("ex-1-1", source)

    def swap(self, cell_id: str, old: str, new: str) -> None:
        assert old in self[cell_id], (cell_id, old)
        self[cell_id] = self[cell_id].replace(old, new)

    def top(self, cell_id: str, lines: str) -> None:
        self[cell_id] = f"{lines}\n{self[cell_id]}"

    def remove(self, cell_id: str) -> dict[str, Any]:
        return self.cells.pop(self.at(cell_id))

    def copy(self, cell_id: str) -> dict[str, Any]:
        return copy.deepcopy(self.cells[self.at(cell_id)])

    def text(self) -> str:
        return json.dumps(self.json, indent=1, ensure_ascii=False)


@dataclass(frozen=True)
class Case:
    """A file of the corpus."""

    name: str
    module: ModuleType

    @property
    def family(self) -> str:
        return self.name.partition("_")[0]

    @property
    def lab(self) -> str:
        return getattr(self.module, "LAB", "1")

    @property
    def fails(self) -> set[str]:
        return set(getattr(self.module, "FAILS", ()))

    @property
    def differs(self) -> dict[str, str]:
        return getattr(self.module, "DIFFERS", {})

    @property
    def limited(self) -> dict[str, str]:
        return getattr(self.module, "LIMITED", {})

    @property
    def says(self) -> str:
        return getattr(self.module, "SAYS", "")

    @property
    def here(self) -> tuple[str, ...]:
        return getattr(self.module, "HERE", ())

    def notebook(self, solved: str) -> Notebook:
        """The notebook as the student has it open."""
        changed = Notebook(solved)
        self.module.change(changed)
        return changed

    def file(self, solved: str) -> bytes:
        """The file as it is handed in."""
        changed = self.notebook(solved)
        if hasattr(self.module, "saved"):
            return self.module.saved(changed)
        return changed.text().encode()


def corpus() -> list[Case]:
    return [_load(path) for path in sorted(CORPUS.glob("*.py"))]


def _load(path: Path) -> Case:
    spec = importlib.util.spec_from_file_location(f"notebook_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__doc__, f"{path.name} does not say what it is"
    return Case(path.stem, module)
