"""One attack: a file whose head says, in comments that are TOML, what it tries and what must come
of it. Below are the student's cells, parted by `# %% ID` (an exercise, or `own` for a cell of the
student's before the first one); without such a line all is the cell of 1.1. With `damage = true`
it is a function `damage(notebook)` in their place, which returns a notebook or a file's text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "attacks"
PART = re.compile(r"^# %% (\S+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Attack:
    """A submission to lab 1, and its verdict: `points` exactly, or `at_most` so many."""

    name: str
    body: str
    family: str
    tries: str
    base: str = "stub"  # the rest of the notebook: as released, or "solved"
    state: str = "graded"
    points: float | None = None
    at_most: float | None = None
    says: str = ""  # what a note or a check's sentence must say: wordings, parted by |
    suspicious: str = ""  # what must be marked for a person to judge
    damage: bool = False
    file: str = "lab01_filters.ipynb"
    link: bool = False  # what is handed in is a link to a solved notebook
    pipe: bool = False  # or a pipe

    @property
    def verdict(self) -> str:
        if self.state != "graded":
            return self.state
        return f"{self.points:g}" if self.points is not None else f"≤ {self.at_most:g}"

    def allows(self, points: float) -> bool:
        if self.points is not None or self.state != "graded":
            return abs(points - (self.points or 0)) < 0.005
        return points <= (self.at_most or 0) + 0.005

    def notebook(self, released: dict[str, Any], places: Mapping[str, str]) -> dict | str:
        """The notebook to hand in, or a file's text. `places` stand for the names `@NAME@`."""
        body = self.body
        for name, place in places.items():
            body = body.replace(f"@{name}@", place)
        if self.damage:
            names: dict[str, Any] = {}
            exec(compile(body, self.name, "exec"), names)
            return names["damage"](released)
        first, *parts = PART.split(body)
        if first.strip():
            parts = ["1.1", first, *parts]
        cells = {cell["id"]: cell for cell in released["cells"]}
        for number, (place, source) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
            if place == "own":
                own = {"cell_type": "code", "id": f"own-{number}", "metadata": {}, "outputs": []}
                before = next(i for i, c in enumerate(released["cells"]) if c["id"] == "ex-1-1")
                released["cells"].insert(before, {**own, "source": source})
            else:
                cells[f"ex-{place.replace('.', '-')}"]["source"] = source
        return released


def attacks() -> list[Attack]:
    """All of them, in order of their numbers."""
    return [_read(path) for path in sorted(FOLDER.glob("[0-9]*"))]


def _read(path: Path) -> Attack:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    length = next(i for i, line in enumerate(lines) if not re.match(r"# \w+ = ", line))
    head = tomllib.loads("".join(line.removeprefix("# ") for line in lines[:length]))
    return Attack(path.stem, "".join(lines[length:]), **head)
