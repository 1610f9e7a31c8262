"""Which files of `nablab.data` and `nablab.reference` some code can use: those that it names.

Nobody can use a module without naming it, or what the package's `__init__` offers of it, in an
import or after a dot. So a file counts if a piece of code, or another file that counts, does that.
This can count a file too many, such as `dense.py` for an attribute `dense` of something else, but
none too few.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOMS = ("data", "reference")


def library_files(package: Path, sources: Iterable[str]) -> list[Path]:
    """The files that the sources can use, and the arrays stored beside them under their names."""
    named = set().union(*map(names_used, sources))
    waiting = [path for room in ROOMS for path in sorted((package / room).glob("*.py"))]
    found: list[Path] = []
    while reached := [path for path in waiting if named & _offered(path)]:
        found += reached
        waiting = [path for path in waiting if path not in reached]
        named.update(*(names_used(_text(path)) for path in reached))
    stored = [array for path in found for array in path.parent.glob(f"{path.stem}*.npz")]
    return sorted([*found, *stored])


@cache
def names_used(source: str) -> frozenset[str]:
    """Every attribute and part of an import; every word if the source is no plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset(re.findall(r"[^\W\d]\w*", source))
    return frozenset(name for node in ast.walk(tree) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.alias(name=name):
            yield from name.split(".")
        case ast.ImportFrom(module=str(module)):
            yield from module.split(".")


def _offered(path: Path) -> set[str]:
    """A module's name, and the names under which its package's `__init__` offers what is in it."""
    if path.stem == "__init__":
        return set()
    return {path.stem, *_passed_on(_text(path.with_name("__init__.py"))).get(path.stem, ())}


@cache
def _passed_on(source: str) -> dict[str, set[str]]:
    """The names that an `__init__` imports, by the module that each comes from."""
    names: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = names.setdefault(node.module.rpartition(".")[2], set())
            module.update(alias.asname or alias.name for alias in node.names)
    return names


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
