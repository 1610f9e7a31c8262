"""Loads a lab's checks, hidden suite, mutants and variants from their files."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from nablab.checking.mark import Check, checks_in
from nablab.errors import BadLab


def load_module(path: Path) -> ModuleType:
    """Run a Python file as a module of its own; nothing is put on `sys.path`."""
    name = f"nablab_lab.{path.parent.name}.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise BadLab(f"{path} is missing.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    wrote = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # a lab's folder is the student's: no __pycache__ in it
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BadLab(f"{path} cannot be loaded: {type(error).__name__}: {error}.") from error
    finally:
        sys.dont_write_bytecode = wrote
    return module


def visible_checks(lab_folder: Path) -> list[Check]:
    return checks_in(load_module(lab_folder / "checks.py"))


def hidden_checks(suite_folder: Path) -> list[Check]:
    return [
        check
        for path in sorted(suite_folder.glob("test_*.py"))
        for check in checks_in(load_module(path))
    ]
