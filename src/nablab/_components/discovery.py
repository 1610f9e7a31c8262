"""What a package offers where every file of its folder is one thing: found, never listed."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any


def modules(package: str, path: list[str]) -> dict[str, ModuleType]:
    """Every module of a package whose name does not begin with an underscore, imported."""
    return {
        info.name: importlib.import_module(f"{package}.{info.name}")
        for info in pkgutil.iter_modules(path)
        if not info.name.startswith("_")
    }


def public(found: dict[str, ModuleType], is_wanted: Callable[[Any], bool]) -> dict[str, Any]:
    """What these modules define of the wanted kind, by name, in order of the alphabet."""
    things = {
        name: value
        for module in found.values()
        for name, value in vars(module).items()
        if is_wanted(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    return dict(sorted(things.items()))


def is_code(value: Any) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)
