"""The keys of `lab.toml`: their names, their types and which of them are required."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nablab.errors import BadLab

TEXT, NUMBER, YES_OR_NO, NAMES, TABLE, TABLES = (
    "a text",
    "a number",
    "true or false",
    "a list of texts",
    "a table",
    "a list of tables",
)
LAB = {
    "title": TEXT,
    "summary": TEXT,
    "minutes": NUMBER,
    "exercise": TABLES,
    "preload": NAMES,
    "visible_share": NUMBER,
    "limits": TABLE,
}
EXERCISE = {
    "name": TEXT,
    "title": TEXT,
    "points": NUMBER,
    "minutes": NUMBER,
    "difficulty": TEXT,
    "provides": NAMES,
    "uses": NAMES,
    "hints": NAMES,
    "forbid": NAMES,
    "visible_lets_through": TABLE,
    "predict": TABLE,
    "trains": YES_OR_NO,
}
PREDICT = {"question": TEXT, "options": TABLE, "answer": TEXT, "why": TEXT}
NEEDED = {
    "lab": ("title", "summary", "minutes", "exercise"),
    "exercise": ("name", "title", "points", "provides"),
    "predict": tuple(PREDICT),
}


def check_keys(table: dict[str, Any], path: Path, limits: Iterable[str]) -> None:
    """Raises `BadLab`, with file and key, for a key that is unknown, missing or of a wrong type.
    `limits` are the keys of the table of that name."""
    _check(table, LAB, NEEDED["lab"], str(path))
    _check(table.get("limits", {}), dict.fromkeys(limits, NUMBER), (), f"{path}, [limits]")
    for place, exercise in enumerate(table["exercise"], 1):
        where = f"{path}, exercise {exercise.get('name', place)}"
        _check(exercise, EXERCISE, NEEDED["exercise"], where)
        if "predict" in exercise:
            _check(exercise["predict"], PREDICT, NEEDED["predict"], f"{where}, [exercise.predict]")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known name, or all of them."""
    known = list(known)
    near = get_close_matches(name, known, 1)
    return f": did you mean {near[0]}?" if near else f": the known ones are {', '.join(known)}."


def _check(
    table: dict[str, Any], known: dict[str, str], needed: tuple[str, ...], where: str
) -> None:
    for key, value in table.items():
        if key not in known:
            raise BadLab(f"{where}: there is no key {key!r}{did_you_mean(key, known)}")
        if not _is_a(value, known[key]):
            raise BadLab(f"{where}: {key} should be {known[key]}, but is {value!r}.")
    for key in needed:
        if key not in table:
            raise BadLab(f"{where}: the key {key} is missing.")


def _is_a(value: Any, kind: str) -> bool:
    if kind == NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == NAMES:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == TABLES:
        return isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return isinstance(value, {TEXT: str, YES_OR_NO: bool, TABLE: dict}[kind])
