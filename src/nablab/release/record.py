"""The record of a lab's proof, `proof.json` beside its sources: what has not changed since is not
proven again.

Each entry holds a digest of everything that the proof depends on. For an exercise, that is its
checks, mutants and variants, the reference's cells, the code that judges, and what all of them can
use of `nablab.data` and `nablab.reference`.
For the whole lab, it is all of its files and the grader's code too.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nablab.authored.answers import Answers
from nablab.authored.read import EXERCISE, SETUP
from nablab.checking.load import CHECKS, SUBMISSIONS, SUITE
from nablab.course import Exercise
from nablab.release.proof import ExerciseProof
from nablab.release.used import library_files

FILE = "proof.json"
PACKAGE = Path(__file__).resolve().parents[1]
JUDGING = (
    "authored/*.py",
    "autodiff.py",
    "checking/*.py",
    "numbering.py",
    "release/exercise.py",
    "sandbox/models.py",
    "sandbox/protocol.py",
    "sandbox/student.py",
)
GRADING = ("course.py", "grading/*.py", "grading/intake/*.py", "grading/judge/*.py", "sandbox/*.py")
PACKAGES = ("numpy", "keras", "tensorflow")


class Record:
    """The record of one lab."""

    def __init__(self, answers: Answers):
        self.answers = answers
        self.path = answers.lab.folder / FILE
        try:
            self.table = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.table = {}

    def of_exercise(self, exercise: Exercise, seeds: int) -> ExerciseProof | None:
        """The recorded proof of an exercise, if nothing has changed and enough draws were tried."""
        entry = self.table.get(exercise.name, {})
        if entry.get("digest") != self._digest_of(exercise) or entry.get("seeds", 0) < seeds:
            return None
        return ExerciseProof(exercise.id, **entry["found"])

    def note_exercise(self, exercise: Exercise, seeds: int, proof: ExerciseProof) -> None:
        """Record a proof that holds; if it does not, remove the earlier one."""
        if proof.failures:
            self.table.pop(exercise.name, None)
            return
        found = {
            key: value for key, value in asdict(proof).items() if key not in ("exercise", "cards")
        }
        self.table[exercise.name] = {
            "digest": self._digest_of(exercise),
            "seeds": seeds,
            "found": found,
        }

    def of_lab(self, what: str) -> dict[str, str] | None:
        """The recorded facts about the whole lab, if nothing has changed."""
        entry = self.table.get(f"lab: {what}", {})
        return entry["facts"] if entry.get("digest") == self._digest_of_lab() else None

    def note_lab(self, what: str, facts: dict[str, str] | None) -> None:
        if facts is None:
            self.table.pop(f"lab: {what}", None)
        else:
            self.table[f"lab: {what}"] = {"digest": self._digest_of_lab(), "facts": facts}

    def write(self) -> None:
        text = json.dumps(self.table, indent=1, sort_keys=True, ensure_ascii=False)
        self.path.write_text(text + "\n", encoding="utf-8")

    def _digest_of(self, exercise: Exercise) -> str:
        answers, lab = self.answers, self.answers.lab
        used = {exercise.id, *lab.built_on(exercise)}
        cells = [c.source for c in answers.cells if c.kind == SETUP or c.exercise in used]
        rules = (exercise.id, exercise.provides, sorted(exercise.signatures.items()), exercise.uses)
        marks = (exercise.trains, sorted(exercise.visible_lets_through.items()))
        return _digest(cells, [repr(rules), repr(marks)], JUDGING, self._checked_with(exercise))

    def _checked_with(self, exercise: Exercise) -> list[Path]:
        """An exercise's two files, and the lab's files that they import, directly or indirectly."""
        folders = self.answers.code.folders
        found: set[Path] = set()
        waiting = [exercise.name]
        for used in self.answers.lab.built_on(exercise):  # it is also tried on their variants
            waiting.append(self.answers.lab.exercise(used).name)
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            seen.add(name)
            for path in (folders[CHECKS] / f"{name}.py", folders[SUITE] / f"{name}.py"):
                if path.is_file():
                    found.add(path)
                    waiting += [one for one in _imported(path) if one not in seen]
        shared = [path for path in folders[SUITE].glob("*.py") if self._is_shared(path)]
        return sorted({*found, *shared})

    def _is_shared(self, path: Path) -> bool:
        """Whether a file is a helper of the suite, which `from . import` may import."""
        return path.stem not in self.answers.lab.by_name and path.stem != SUBMISSIONS

    def _digest_of_lab(self) -> str:
        answers = self.answers
        cells = [c.source for c in answers.cells if c.kind in (SETUP, EXERCISE)]
        folders = [answers.code.folders[part] for part in (CHECKS, SUITE)]
        code = [path for folder in folders for path in sorted(folder.glob("*.py"))]
        toml = (answers.lab.folder / "lab.toml").read_text(encoding="utf-8")
        return _digest(cells, [toml], (*JUDGING, *GRADING), code)


def _imported(path: Path) -> Iterator[str]:
    """The names of a lab's own files that a file of it imports, wherever the import stands:
    `from .oracles import …`, `from ..checks.correlate_valid import …`, `from ..checks import …`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            file = (node.module or "").rpartition(".")[2]
            yield from [alias.name for alias in node.names] if file in ("", CHECKS) else [file]


def _digest(
    cells: list[str], facts: list[str], judging: Iterable[str], code: Iterable[Path]
) -> str:
    """One digest of a lab's cells and files of checks, of facts about it, of the package's files
    that judge, and of what cells and checks can use of the library."""
    sources = [*cells, *(path.read_text(encoding="utf-8") for path in code)]
    digest = hashlib.sha256()
    for text in [*sources, *facts, *map(_version, PACKAGES)]:
        digest.update(text.encode() + b"\0")
    for path in [*_files(PACKAGE, judging), *library_files(PACKAGE, sources)]:
        digest.update(f"{path.parent.name}/{path.name}".encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


def _files(root: Path, patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        yield from sorted(root.glob(pattern))


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"{name} absent"
