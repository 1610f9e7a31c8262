"""Finds the names that an exercise forbids in the syntax tree, and blocks them when the code
runs."""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import sys
import types
from collections.abc import Iterable
from typing import Any

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""The exceptions that parsing raises on a cell that is not Python."""


class ForbiddenCall(Exception):
    """The exercise asks the student to write this themselves."""


def aliases_in(tree: ast.AST) -> dict[str, str]:
    """The names that a cell's imports bind, with their full names: `np` -> `numpy`, `corr` ->
    `scipy.signal.correlate2d`."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                names[item.asname or item.name.partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for item in node.names:
                names[item.asname or item.name] = f"{node.module}.{item.name}"
    return names


def forbidden_name(
    tree: ast.AST, aliases: dict[str, str], forbid: Iterable[str], cell_id: str
) -> str:
    """The sentence that names the first forbidden import or call in a tree and its line; "" if
    there is none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{item.name}" for item in node.names]
        elif isinstance(node, (ast.Attribute, ast.Name)):
            names = [_dotted(node, aliases)]
        else:
            continue
        for name in names:
            public = name.replace("keras.src.", "keras.")  # where Keras keeps its code
            public = public.replace("tensorflow.keras.", "keras.")
            for entry in forbid:
                if public == entry or public.startswith(f"{entry}."):
                    return (
                        f"Line {node.lineno} of {cell_id} uses {name}: "
                        f"this exercise asks you to write that yourself."
                    )
    return ""


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return ""
    return ".".join([aliases[node.id], *reversed(parts)])


class Block(importlib.abc.MetaPathFinder):
    """Makes forbidden modules impossible to import and forbidden functions impossible to call."""

    def __init__(self, forbid: Iterable[str]):
        self.forbid = tuple(forbid)
        self.below = tuple(f"{entry}." for entry in self.forbid)
        for name in [name for name in sys.modules if self._covers(name)]:
            del sys.modules[name]
        self._block_functions()
        real_import = builtins.__import__

        def blocking_import(*args: Any, **kwargs: Any) -> Any:
            before = len(sys.modules)
            module = real_import(*args, **kwargs)
            if len(sys.modules) != before:
                self._block_functions()
            return module

        if self.forbid:
            sys.meta_path.insert(0, self)
            builtins.__import__ = blocking_import

    def _covers(self, name: str) -> bool:
        return name in self.forbid or name.startswith(self.below)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if self._covers(name):
            raise ForbiddenCall(
                f"It imports {name}{_by_way_of()}: this exercise asks you to write that yourself."
            )

    def _block_functions(self) -> None:
        for entry in self.forbid:
            module_name, _, attribute = entry.rpartition(".")
            module = sys.modules.get(module_name)
            names = getattr(module, "__dict__", {})  # not hasattr: a lazy package would import it
            if attribute not in names:
                continue
            if isinstance(names[attribute], types.ModuleType):
                delattr(module, attribute)
            elif not getattr(names[attribute], "_nablab_block", False):
                self._block_function(entry, names[attribute])

    def _block_function(self, entry: str, function: Any) -> None:
        """Block a function wherever its package has it under its name. For a class, block only the
        public name, because the package itself may need the class."""
        module_name, _, attribute = entry.rpartition(".")
        setattr(sys.modules[module_name], attribute, _blocked(entry))
        if isinstance(function, type):
            return
        inside = f"{module_name.partition('.')[0]}."
        for name, module in list(sys.modules.items()):
            if (
                name.startswith(inside)
                and getattr(module, "__dict__", {}).get(attribute) is function
            ):
                setattr(module, attribute, _blocked(entry))


def _blocked(name: str) -> Any:
    def blocked(*args: Any, **kwargs: Any) -> Any:
        raise ForbiddenCall(
            f"It calls {name}{_by_way_of()}: this exercise asks you to write that yourself."
        )

    blocked._nablab_block = True  # type: ignore[attr-defined]  # our own mark
    return blocked


def _by_way_of() -> str:
    """Names the library through which the forbidden name was used, if there was one."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        machinery = module.partition(".")[0] == "importlib" or frame.f_globals is globals()
        if not machinery and frame.f_code.co_name != "__getattr__":  # a package that loads lazily
            known = frame.f_code.co_filename.startswith(sys.prefix) and module in sys.modules
            return f" (through {module})" if known else ""
        frame = frame.f_back
    return ""


def named_in(sources: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `names` that appear in an import or a call in one of these cells."""
    trees = []
    for source in sources:
        try:
            trees.append(ast.parse(source))
        except UNREADABLE:
            continue
    aliases = {alias: full for tree in trees for alias, full in aliases_in(tree).items()}
    return [
        name for name in names if any(forbidden_name(tree, aliases, (name,), "") for tree in trees)
    ]
