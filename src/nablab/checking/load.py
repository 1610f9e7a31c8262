"""Loads a lab's visible checks and its hidden suite, which have one file per exercise each.

The lab's `checks/` and its hidden suite are loaded as one package, so that files can use relative
imports: `from .oracles import …` in the same folder, and `from ..checks.correlate_valid import …`
from the suite. Nothing is put on `sys.path`. No bytecode is written, because a lab's folder belongs
to the student.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from nablab.checking.mark import Alternative, Check, alternatives_in, checks_in
from nablab.course import Exercise, Lab
from nablab.errors import BadLab
from nablab.numbering import numbered

ROOT = "nablab_lab"
CHECKS, SUITE = "checks", "suite"
SUBMISSIONS = "submissions"


class LabCode:
    """The code that judges one lab, freshly loaded: its checks and, if given, its suite."""

    def __init__(self, lab: Lab, suite: Path | None = None):
        self.lab = lab
        self.folders = {CHECKS: lab.folder / "checks"}
        if suite is not None:
            self.folders[SUITE] = suite
        places = "\0".join(map(str, self.folders.values()))
        self.package = f"{ROOT}.{lab.id}_{hashlib.sha256(places.encode()).hexdigest()[:8]}"
        for name in [name for name in sys.modules if name.startswith(f"{self.package}.")]:
            del sys.modules[name]
        if _FINDER not in sys.meta_path:
            sys.meta_path.insert(0, _FINDER)  # before the one that would find any file on a path
        _package(ROOT, [])
        _package(self.package, [])
        _folders[self.package] = lab.folder
        for part, folder in self.folders.items():
            _package(f"{self.package}.{part}", [str(folder)])

    def path(self, part: str, name: str) -> Path:
        return self.folders[part] / f"{name}.py"

    def module(self, part: str, name: str) -> ModuleType:
        """One file of a part; raises `BadLab` if it is missing or cannot be loaded."""
        path = self.path(part, name)
        if not path.is_file():
            raise BadLab(f"{path} is missing.")
        try:
            return importlib.import_module(f"{self.package}.{part}.{name}")
        except BadLab:
            raise
        except Exception as error:
            raise BadLab(f"{path} cannot be loaded: {type(error).__name__}: {error}.") from error

    def visible(self, exercise: Exercise) -> list[Check]:
        return checks_in(self.module(CHECKS, exercise.name), exercise.id)

    def hidden(self, exercise: Exercise) -> list[Check]:
        return checks_in(self.module(SUITE, exercise.name), exercise.id)

    def alternatives(self, kind: str, exercise: Exercise) -> list[Alternative]:
        module = self.module(SUITE, exercise.name)
        return alternatives_in(module, kind, exercise.id, exercise.provides[0])


def _package(name: str, path: list[str]) -> None:
    if name not in sys.modules:
        module = ModuleType(name)
        module.__path__ = path
        sys.modules[name] = module


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the files of labs, below the packages that `LabCode` makes."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(f"{ROOT}.") or not path:
            return None
        file = Path(path[0], f"{fullname.rpartition('.')[2]}.py")
        if not file.is_file():
            return None
        loader = _Loader(fullname, str(file))
        return importlib.util.spec_from_file_location(fullname, file, loader=loader)


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a lab's file with its numbers filled in, and caches nothing."""

    def get_code(self, fullname: str) -> CodeType:
        source = Path(self.path).read_text(encoding="utf-8")
        folder = _folders[".".join(fullname.split(".")[:2])]
        return compile(numbered(source, folder), self.path, "exec", dont_inherit=True)


_FINDER = _Finder()
_folders: dict[str, Path] = {}  # package -> the lab's folder
